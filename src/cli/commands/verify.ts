/** `verify`: eight checks on the built app in a real browser. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import pc from 'picocolors';
import { KitError } from '../../preset/kit-error';
import { readSalt } from '../../preset/salt';
import { usualDir } from '../discover/facts';
import { readPackageJson } from '../discover/package-json';
import { discoverPlatform } from '../discover/platform';
import { buildCommand } from '../discover/script-of';
import { relaysOfBuild } from '../doctor/relays';
import { isExposed } from '../git';
import { buildOutputOf } from '../homes/build-output';
import { homeOf } from '../homes';
import { readRecord } from '../installation-record';
import { command } from '../next';
import { runVerify } from '../verify';
import { findBrowserDriver } from '../verify/device/browser-driver';
import { findBrowser } from '../verify/device/device';
import { loadDriver } from '../verify/device/driver';
import { createFieldDriver } from '../verify/device/field-driver';
import { callsText, htmlReport, terminalReport } from '../verify/report';
import { findAppAddress } from '../verify/test-bed/app-address';
import { ExitStatus, settleInterrupted, type CommandContext, type CommandResult } from './context';
import { optionInvalid } from './flags';

export interface VerifyOptions {
  /** The folder of the built app; absent: where its tool puts it. */
  readonly build?: string;
  readonly base?: string;
  readonly report?: string;
  readonly driver?: string;
  readonly relays?: string;
  /** Seconds for everything. */
  readonly timeout?: string;
  readonly browser?: string;
  /** Installs playwright-core into the cache, where the app has none, without a question. */
  readonly yes?: boolean;
}

/** @throws KitError OPTION_INVALID, BUILD_MISSING, BROWSER_MISSING, BROWSER_DRIVER_MISSING, DRIVER_INVALID, RELAYS_MISSING, REPORT_UNWRITABLE, and those of `VerifyCode`; Cancelled */
export async function verify(context: CommandContext, options: VerifyOptions): Promise<CommandResult> {
  await settleInterrupted(context, { changes: false });
  const { root, files, env, terminal, now } = context;
  const dir = readRecord(files)?.dir ?? usualDir;
  const packageJson = readPackageJson(files);
  const totalMs = timeoutOf(options.timeout);
  const upstreams = upstreamsOf(options.relays);
  const platform = discoverPlatform(files);
  const home = homeOf(platform.buildTool);
  const output = buildOutputOf(files);
  const build = buildIn(path.resolve(root, options.build ?? output.folder), buildCommand(platform));
  const address = findAppAddress({ build, base: options.base, configured: output.base });
  // Relays on this computer need no stand-in, and have none: a page on https cannot be built with them.
  const inBuild = (url: string) => {
    const file = path.join(build, url);
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : null;
  };
  const relays = relaysOfBuild({ files, dir }, inBuild).filter(
    (relay) => URL.canParse(relay) && new URL(relay).protocol === 'wss:',
  );
  if (relays.length === 0)
    throw new KitError(
      'RELAYS_MISSING',
      `${dir}/config.json lists no relay (wss://), so there is nothing to sync through. "npx zero-backend-sync doctor" says more.`,
    );
  const report = await reportPlace(context, options.report);
  const driverFile = options.driver === undefined ? null : path.resolve(root, options.driver);
  const driver = driverFile === null ? createFieldDriver() : await loadDriver(driverFile);
  const executable = findBrowser(options.browser, env);
  const kit = context.readKit();
  const browserDriver = await findBrowserDriver({
    ...context,
    assumeYes: options.yes === true,
    version: kit.versions['playwright-core'],
  });

  const { checks, calls } = await runVerify({
    build,
    address,
    relays,
    upstreams: upstreams === 'config' ? relays : upstreams,
    driver,
    driverFile,
    browserDriver,
    executable,
    salt:
      readSalt({
        root,
        configFile: path.join(root, dir, 'config.json'),
        env: { ...env, NODE_ENV: 'production' },
        ...(home !== null && { envFiles: home.envFiles(root, 'production') }),
      }) ?? null,
    limits: { totalMs },
    onCheck: (title) => terminal.progress(title),
    ...(context.signal && { signal: context.signal }),
  });
  const head = {
    app: packageJson.name,
    kit: kit.version,
    relays:
      upstreams === 'local'
        ? `${relays.length} relays of this run`
        : (upstreams === 'config' ? relays : upstreams).join(', '),
    page: address.page,
    calls,
    at: now(),
  };
  const failures = checks.filter(({ passed }) => !passed).length;
  terminal.print(
    `${terminalReport(checks)}\n${failures === 0 ? pc.green('All eight checks passed.') : pc.red(`${failures} of ${checks.length} checks failed.`)} ${callsText(calls)}`,
  );
  writeReport(report.file, htmlReport(head, checks));
  terminal.print(
    `The report is in ${report.file}${report.isExposed ? '\nGit does not ignore that file: do not commit it by mistake.' : ''}`,
  );
  return {
    status: failures === 0 ? ExitStatus.Ok : ExitStatus.Failed,
    json: {
      report: report.file,
      page: address.page,
      driver: { file: driverFile, ...calls },
      checks: checks.map(({ check, ...outcome }) => ({ id: check.id, ...outcome })),
    },
    next:
      failures === 0
        ? [
            command(
              'npx zero-backend-sync doctor --url https://YOUR-SITE',
              'when the build is deployed: it looks at what the site serves',
            ),
          ]
        : [command('npx zero-backend-sync doctor', 'it looks for what keeps sync from working')],
  };
}

/** @throws KitError BUILD_MISSING */
function buildIn(build: string, command: string): string {
  if (fs.statSync(path.join(build, 'index.html'), { throwIfNoEntry: false })?.isFile()) return build;
  throw new KitError(
    'BUILD_MISSING',
    `There is no built app in ${build}. Build it first (${command}), or name its folder with --build. Where the build has failed, correct that first.`,
  );
}

/** @throws KitError OPTION_INVALID */
function timeoutOf(given: string | undefined): number {
  if (given === undefined) return usualTimeoutSeconds * 1000;
  const seconds = Number(given);
  if (/^\d+$/.test(given) && seconds >= 1 && seconds <= longestTimeoutSeconds) return seconds * 1000;
  throw optionInvalid('--timeout', `a whole number of seconds from 1 to ${longestTimeoutSeconds}`, given);
}

const usualTimeoutSeconds = 300;
const longestTimeoutSeconds = 86_400;

/** @throws KitError OPTION_INVALID */
function upstreamsOf(given: string | undefined): 'local' | 'config' | readonly string[] {
  if (given === undefined) return 'local';
  if (given === 'config') return 'config';
  const relays = given.split(',').map((relay) => relay.trim());
  const wrong = relays.find((relay) => !URL.canParse(relay) || !/^wss?:$/.test(new URL(relay).protocol));
  if (wrong === undefined) return relays;
  throw optionInvalid('--relays', 'addresses of relays (wss://host) separated by commas, or "config"', wrong);
}

interface ReportPlace {
  readonly file: string;
  /** True where git would take it into a commit. */
  readonly isExposed: boolean;
}

/** Where nobody has named a place, one that git does not look at. Found before the checks are made, which take minutes. @throws KitError REPORT_UNWRITABLE */
async function reportPlace({ root, run }: CommandContext, given: string | undefined): Promise<ReportPlace> {
  if (given !== undefined) {
    const file = path.resolve(root, given);
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    if (stat?.isDirectory()) throw unwritable(file, 'it is a folder');
    if (!fs.statSync(path.dirname(file), { throwIfNoEntry: false })?.isDirectory())
      throw unwritable(file, 'its folder does not exist');
    return { file, isExposed: await isExposed(run, root, file) };
  }
  const usual = 'node_modules/.cache/zero-backend-sync/verify-report.html';
  return {
    file: (await isExposed(run, root, usual))
      ? path.join(os.tmpdir(), 'zero-backend-sync-report.html')
      : path.join(root, usual),
    isExposed: false,
  };
}

/** @throws KitError REPORT_UNWRITABLE */
function writeReport(file: string, html: string): void {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, html);
  } catch (error) {
    throw unwritable(file, String((error as NodeJS.ErrnoException).code));
  }
}

function unwritable(file: string, reason: string): KitError {
  return new KitError('REPORT_UNWRITABLE', `The report cannot be written to ${file}: ${reason}. Correct --report.`);
}
