/** `verify`: eight checks on the built app in a real browser. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import pc from 'picocolors';
import { KitError } from '../../preset/kit-error';
import { usualDir } from '../discover/facts';
import { readPackageJson } from '../discover/package-json';
import { configuredRelays } from '../doctor/relays';
import { readRecord } from '../installation-record';
import { readSalt } from '../../preset/salt';
import { runVerify } from '../verify';
import { findBrowser } from '../verify/browser';
import { findBrowserDriver } from '../verify/browser-driver';
import { fieldDriver, loadDriver } from '../verify/driver';
import { htmlReport, terminalReport } from '../verify/report';
import { ExitStatus, settleInterrupted, type CommandContext, type CommandResult } from './context';

export interface VerifyOptions {
  readonly build: string;
  readonly base?: string;
  readonly report: string;
  readonly driver?: string;
  readonly relays?: string;
  readonly browser?: string;
  /** Installs playwright-core into the cache, where the app has none, without a question. */
  readonly yes?: boolean;
}

/** @throws KitError BUILD_MISSING, BROWSER_MISSING, BROWSER_DRIVER_MISSING, DRIVER_INVALID, DRIVER_FAILED, RELAYS_MISSING, REPORT_UNWRITABLE; Cancelled */
export async function verify(context: CommandContext, options: VerifyOptions): Promise<CommandResult> {
  await settleInterrupted(context, { changes: false });
  const { root, files, env, terminal, now } = context;
  const dir = readRecord(files)?.dir ?? usualDir;
  const packageJson = readPackageJson(files);
  const build = path.resolve(root, options.build);
  if (!fs.existsSync(path.join(build, 'index.html'))) {
    throw new KitError(
      'BUILD_MISSING',
      `There is no built app in ${build}. Build it first (npm run build), or name its folder with --build.`,
    );
  }
  // Relays on this computer need no stand-in, and have none: a page on https cannot be built with them.
  const relays = configuredRelays({ files, dir }).filter((relay) => relay.startsWith('wss://'));
  if (relays.length === 0)
    throw new KitError(
      'RELAYS_MISSING',
      `${dir}/config.json lists no relay (wss://), so there is nothing to sync through. "npx zero-backend-sync doctor" says more.`,
    );
  const driver = options.driver === undefined ? fieldDriver : await loadDriver(path.resolve(root, options.driver));
  const executable = findBrowser(options.browser, env);
  const kit = context.readKit();
  const browserDriver = await findBrowserDriver({
    ...context,
    assumeYes: options.yes === true,
    version: kit.versions['playwright-core'],
  });
  const upstreams =
    options.relays === undefined
      ? 'local'
      : options.relays === 'config'
        ? relays
        : options.relays.split(',').map((relay) => relay.trim());

  const results = await runVerify({
    build,
    base: baseOf(options.base ?? packageJson.fields.homepage),
    relays,
    upstreams,
    driver,
    browserDriver,
    executable,
    salt:
      readSalt({ root, configFile: path.join(root, dir, 'config.json'), env: { ...env, NODE_ENV: 'production' } }) ??
      null,
    onCheck: (title) => terminal.progress(title),
    ...(context.signal && { signal: context.signal }),
  });
  const head = {
    app: packageJson.name,
    kit: kit.version,
    relays: upstreams === 'local' ? `${relays.length} relays of this run` : upstreams.join(', '),
    at: now(),
  };
  const report = path.resolve(root, options.report);
  const html = htmlReport(head, results);
  try {
    fs.writeFileSync(report, html);
  } catch (error) {
    throw new KitError(
      'REPORT_UNWRITABLE',
      `${terminalReport(results)}\nThe report cannot be written to ${report} (${(error as NodeJS.ErrnoException).code}). Correct --report.`,
    );
  }
  const failures = results.filter(({ passed }) => !passed).length;
  terminal.print(
    `${terminalReport(results)}\n${failures === 0 ? pc.green('All eight checks passed.') : pc.red(`${failures} of ${results.length} checks failed.`)} The report is in ${report}`,
  );
  return {
    status: failures === 0 ? ExitStatus.Ok : ExitStatus.Failed,
    json: { report, checks: results.map(({ check, ...outcome }) => ({ id: check.id, ...outcome })) },
  };
}

/** The path of a homepage or of `--base`, with slashes at both ends. */
function baseOf(given: unknown): string {
  const text = typeof given === 'string' ? given : '/';
  const pathname = URL.canParse(text) ? new URL(text).pathname : text.replace(/^\.\/?/, '/');
  return `/${pathname.replace(/^\/+|\/+$/g, '')}/`.replace(/\/+/g, '/');
}
