/**
 * The command line: commands, flags and help. What a command does is in commands/, and loaded when it is run: `doctor` and `verify` need packages that an
 * `undo` before may have removed, and the others must not fail because of them.
 */
import { Command, Option } from 'commander';
import type { CommandContext, CommandResult } from './commands/context';
import type { DemoOptions } from './commands/demo';
import type { DoctorFlags } from './commands/doctor';
import type { InitOptions } from './commands/init-options';
import type { MigrateOptions } from './commands/migrate';
import type { RelayOptions } from './commands/relay';
import type { SaltImportOptions } from './commands/salt';
import type { UndoOptions } from './commands/undo';
import type { UpdateOptions } from './commands/update';
import type { VerifyOptions } from './commands/verify';

/** Runs one command and hands its result on. */
export type Execute = (
  global: GlobalOptions,
  command: (context: CommandContext) => Promise<CommandResult>,
) => Promise<void>;

export interface GlobalOptions {
  readonly json?: boolean;
  /** The app's folder. */
  readonly cwd?: string;
}

export function buildProgram(version: string, execute: Execute): Command {
  const program = new Command('zero-backend-sync')
    .description('Silent, end-to-end encrypted, cross-device sync for the app you already have.')
    .version(version)
    .option('--json', 'print one JSON object and nothing else; asks nothing')
    .option('--cwd <folder>', "the app's folder", '.')
    .hook('preAction', (_, command) => requireValues(command))
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(--help shows what there is)')
    .addHelpText('after', `${example('init', 'doctor', 'verify')}\n${exitStatuses}`);

  const run =
    <Options>(load: () => Promise<(context: CommandContext, options: Options) => Promise<CommandResult>>) =>
    async (options: Options, self: Command) =>
      execute(self.optsWithGlobals<GlobalOptions>(), async (context) => (await load())(context, options));

  const yes = () => new Option('-y, --yes', 'accept what is proposed, ask nothing');
  const force = () => new Option('--force', 'go on although git has changes that are not committed');
  const dryRun = () => new Option('--dry-run', 'show what would be done, change nothing');
  const diff = () => new Option('--diff', 'show every change line by line');
  const skipInstall = () => new Option('--skip-install', 'leave node_modules and the lock file alone');
  const kit = () =>
    new Option(
      '--kit <spec>',
      'where the app installs zero-backend-sync from, if not from where this copy came: file:../kit.tgz',
    );

  program
    .command('init')
    .description('add sync to this app: discover, plan, show, confirm, apply, check')
    .addOption(yes())
    .option('--identity <expressions>', 'what identifies the user: expressions of the app, separated by commas')
    .option('--no-users', 'this app has no users: a sync code takes the place of an identity')
    .option('--storage <layer>', 'rxdb, nosql, or file:json, file:yaml, file:csv')
    .option('--dir <folder>', 'where the template goes, a folder below src (default: src/lib)')
    .option(
      '--answers <file>',
      "answers as JSON: app, identity, storage, dir, example, wasm, apply; '-' for standard input",
    )
    .option('--wasm <way>', 'Vite only: vite-plugin-wasm (proposed) or inline, without a further plugin')
    .option('--example', 'bind a list or settings of a store, or write one component that shows the use')
    .option('--plan', 'print the questions with what is proposed, and what would change; change nothing')
    .addOption(dryRun())
    .addOption(diff())
    .addOption(force())
    .addOption(skipInstall())
    .option('--skip-build', "leave out the last check: the app's own type check, lint, format and build")
    .addOption(kit())
    .addHelpText(
      'after',
      example(
        'init',
        'init --plan --json',
        'init --dry-run --diff --yes',
        "init --identity 'user.id,user.tenant' --storage rxdb --yes",
      ),
    )
    .action(run<InitOptions>(async () => (await import('./commands/init')).init));

  program
    .command('doctor')
    .description('look for what keeps sync from working, here, on the relays and on a deployed site')
    .option('--fix', 'correct what can be corrected safely')
    .option('--offline', 'ask no relay')
    .option('--write-test', 'write one throw-away event to each relay and read it back, without asking')
    .option('--url <address>', 'check a deployed site')
    .option('--strict', 'end with 1 on warnings too; hints never count')
    .addHelpText('after', example('doctor', 'doctor --fix', 'doctor --url https://app.example.org'))
    .action(run<DoctorFlags>(async () => (await import('./commands/doctor')).doctor));

  program
    .command('verify')
    .description('eight checks on the built app in a real browser; a report on the terminal and as HTML')
    .option('--build <folder>', "the folder of the built app (default: that of the app's build tool, build or dist)")
    .option('--base <path>', 'the path at which the app is opened (default: what the build itself says)')
    .option('--report <file>', 'where the HTML report goes (default: a cache in node_modules, where git does not look)')
    .option('--driver <file>', 'how to write and read in your app: a module with write(page, text) and read(page)')
    .option(
      '--relays <addresses>',
      "use these relays instead of three local ones, separated by commas; 'config' uses the app's",
    )
    .option('--timeout <seconds>', 'how long all of it may take (default: 300)')
    .option('--browser <path>', 'the Chrome, Chromium or Edge to use (default: the installed one)')
    .option('-y, --yes', 'install playwright-core into a cache without a question, where the app has none')
    .addHelpText(
      'after',
      example('verify', 'verify --build dist --report /tmp/report.html', 'verify --driver ./verify.driver.cjs'),
    )
    .action(run<VerifyOptions>(async () => (await import('./commands/verify')).verify));

  program
    .command('update')
    .description('bring the template of this version: what you changed is merged, conflicts are marked')
    .addOption(yes())
    .addOption(dryRun())
    .addOption(diff())
    .addOption(force())
    .addOption(skipInstall())
    .addOption(kit())
    .addHelpText('after', example('update', 'update --dry-run --diff'))
    .action(run<UpdateOptions>(async () => (await import('./commands/update')).update));

  program
    .command('migrate')
    .description('the app has moved, or moves, to Vite or Rsbuild: kit, salt and settings follow, and the data stays')
    .option('--to <tool>', 'vite or rsbuild, where the app has both')
    .option('--wasm <way>', 'Vite only: vite-plugin-wasm (proposed) or inline, without a further plugin')
    .addOption(yes())
    .addOption(dryRun())
    .addOption(diff())
    .addOption(force())
    .addOption(skipInstall())
    .option('--skip-build', "leave out the last check: the app's own type check, lint, format and build")
    .addHelpText('after', example('migrate', 'migrate --dry-run --diff', 'migrate --to vite --wasm inline --yes'))
    .action(run<MigrateOptions>(async () => (await import('./commands/migrate')).migrate));

  program
    .command('undo')
    .description('take back everything that init did; what you changed since is named and kept')
    .addOption(yes())
    .addOption(dryRun())
    .addOption(skipInstall())
    .option('--discard-changes', 'remove also files of the template with changes of yours that git does not have')
    .addHelpText('after', example('undo', 'undo --dry-run'))
    .action(run<UndoOptions>(async () => (await import('./commands/undo')).undo));

  program
    .command('demo')
    .description('two devices side by side in the browser, without an app and without a network; ends on Ctrl-C')
    .option('-p, --port <number>', 'the first port to try; the second device has the next free one (default: 4870)')
    .option('--no-open', 'do not open the browser')
    .addHelpText('after', example('demo', 'demo --port 8080 --no-open'))
    .action(run<DemoOptions>(async () => (await import('./commands/demo')).demo));

  program
    .command('relay')
    .description('relays of this machine for a build of your app, until Ctrl-C; prints how the app takes them')
    .option(
      '-p, --port <number>',
      'exactly this port for the first relay, the next ones for the others (default: free ones from 7777 on)',
    )
    .option('-n, --count <number>', 'how many relays, 3 to 16 (default: 3)')
    .option('--data <folder>', 'keep what they store in a folder (default: in memory)')
    .addHelpText('after', example('relay', 'relay --port 7777 --data ../relays'))
    .action(run<RelayOptions>(async () => (await import('./commands/relay')).relay));

  const salt = program
    .command('salt')
    .description("the half of every user's key that the app's builds share: make, check, import")
    .addHelpText('after', example('salt check', 'salt import'));
  salt
    .command('new')
    .description('make a fresh salt in .env.local; never replaces one')
    .addHelpText('after', example('salt new'))
    .action(run(async () => (await import('./commands/salt')).saltNew));
  salt
    .command('check')
    .description('does this computer build with the right salt, and is it out of git?')
    .addHelpText('after', example('salt check'))
    .action(run(async () => (await import('./commands/salt')).saltCheck));
  salt
    .command('import')
    .description("take over a teammate's salt; the fingerprint in config.json says whether it is the right one")
    .option('--from <file>', "a file with the salt or with the line SYNC_SALT=..., '-' for standard input")
    .addHelpText('after', example('salt import', 'salt import --from ../secrets/sync-salt'))
    .action(run<SaltImportOptions>(async () => (await import('./commands/salt')).saltImport));
  return program;
}

/** A flag whose value was forgotten takes the next flag for it, or an empty variable of a script. Ends as a missing one does. */
function requireValues(command: Command): void {
  for (let owner: Command | null = command; owner !== null; owner = owner.parent) {
    for (const option of owner.options) {
      const value: unknown = owner.getOptionValue(option.attributeName());
      if (option.required && typeof value === 'string' && (value.trim() === '' || value.startsWith('--')))
        command.error(`error: option '${option.flags}' argument missing`, { code: 'commander.optionMissingArgument' });
    }
  }
}

const exitStatuses =
  'Exit status: 0 fine, 1 something was found or failed, 2 refused or answers are needed, 130 Ctrl-C.\n';

function example(...lines: readonly string[]): string {
  return `\n${lines.length === 1 ? 'Example' : 'Examples'}:\n${lines.map((line) => `  $ npx zero-backend-sync ${line}`).join('\n')}\n`;
}
