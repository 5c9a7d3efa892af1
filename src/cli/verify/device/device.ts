/** A device: a browser with a profile, which survives being closed, and the app's page in it. */
import type { EventEmitter } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { KitError } from '../../../preset/kit-error';
import type { Environment } from '../../process';
import { VerifyCode, verifyError } from '../failure';
import { plainText, reasonOf } from '../plain-text';
import type { Resources } from '../resources';
import type { BrowserDriver } from './browser-driver';

export interface Device {
  readonly page: Page;
  /** Errors and dialogs of the page since it was opened. */
  readonly problems: readonly string[];
  /** Why the page can be used no more; `null` while it can. */
  fault(): KitError | null;
  /** Rejects with the fault when the page crashes or is closed; what waits for the page then waits for ever. */
  readonly lost: Promise<never>;
  /** What the page reported, as a sentence with a space in front; empty where it reported nothing. */
  said(): string;
  close(): Promise<void>;
}

export interface DeviceOptions {
  readonly browserDriver: BrowserDriver;
  readonly executable: string;
  readonly profile: Profile;
  readonly address: string;
  /** `MAP relay.example:443 127.0.0.1:1234`, one for each host that this run stands in for. */
  readonly hostRules: readonly string[];
  /** Takes over the browser as soon as there is one. */
  readonly resources: Resources;
}

/**
 * Starts the browser and loads the app; whether it can be written to is the driver's to find out.
 * @throws KitError BROWSER_FAILED, APP_NOT_OPENED, PAGE_LEFT, PAGE_CRASHED, PAGE_CLOSED
 */
export async function openDevice(options: DeviceOptions): Promise<Device> {
  const launching = launch(options);
  // A browser that is still starting would write into its profile after that is removed.
  options.resources.add(() => launching.then((started) => started.close()).catch(() => {}));
  const context = await launching;
  options.profile.isInUse();
  const page = context.pages()[0] ?? (await context.newPage());
  const problems = watchProblems(page);
  const { fault, lost } = watchFaults(page, new URL(options.address).origin);
  const device: Device = {
    page,
    problems,
    fault,
    lost,
    said: () => (problems[0] === undefined ? '' : ` The page reported: ${problems[0].replace(/[.\s]*$/, '')}.`),
    close: () => context.close(),
  };
  try {
    // Not the load event: a picture or a font of another host may never come.
    const response = await page.goto(options.address, { waitUntil: 'domcontentloaded' });
    if (response !== null && !response.ok()) throw new Error(`it answers ${response.status()}`);
  } catch (error) {
    throw (
      fault() ??
      verifyError(
        VerifyCode.AppNotOpened,
        `The app could not be opened at ${new URL(options.address).pathname}: ${reasonOf(error)}.${device.said()} Correct --build and --base, or open the build by hand and look.`,
      )
    );
  }
  return device;
}

async function launch({ browserDriver, executable, profile, hostRules }: DeviceOptions): Promise<BrowserContext> {
  try {
    return await browserDriver.launchPersistentContext(profile.folder, {
      executablePath: executable,
      headless: true,
      timeout: 60_000,
      // Ctrl-C is the command's to handle: it closes the browsers and removes their profiles.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
      args: [
        `--host-resolver-rules=${hostRules.join(', ')}`,
        // The gateways' certificate is made for this run.
        '--ignore-certificate-errors',
        '--no-sandbox',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--disable-quic',
      ],
    });
  } catch (error) {
    throw verifyError(
      VerifyCode.BrowserFailed,
      `The browser ${executable} did not start: ${reasonOf(error)}. Start it by hand and look, or name another one with --browser.`,
    );
  }
}

const mostProblems = 20;

/** Errors of the page, and its dialogs, which are answered so that they hold nothing up. */
function watchProblems(page: Page): readonly string[] {
  const problems: string[] = [];
  let errors = 0;
  const add = (problem: string) => {
    if (problems.length < mostProblems) problems.push(plainText(problem));
  };
  page.on('pageerror', (error) => {
    // They say more than what is logged.
    if (problems.length < mostProblems) problems.splice(errors++, 0, plainText(error.message));
  });
  page.on('console', (message) => {
    const isOfIcon = message.location().url.endsWith('/favicon.ico');
    if (message.type() === 'error' && !isOfIcon) add(message.text());
  });
  page.on('dialog', (dialog) => {
    const isQuestionOnLeaving = dialog.type() === 'beforeunload';
    if (!isQuestionOnLeaving) add(`a dialog (${dialog.type()}) "${plainText(dialog.message(), 80)}"`);
    // A driver that listens answers them itself.
    if ((page as unknown as EventEmitter).listenerCount('dialog') > 1) return;
    void (isQuestionOnLeaving ? dialog.accept() : dialog.dismiss()).catch(() => {});
  });
  return problems;
}

function watchFaults(page: Page, origin: string): Pick<Device, 'fault' | 'lost'> {
  let isCrashed = false;
  let lastTarget = '';
  let lose: (fault: KitError | null) => void = () => {};
  const lost = new Promise<never>((_, reject) => void (lose = reject));
  lost.catch(() => {});
  page.on('crash', () => {
    isCrashed = true;
    lose(fault());
  });
  page.on('close', () => lose(fault()));
  page.on('request', (request) => {
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) lastTarget = request.url();
  });
  const fault = () => {
    if (isCrashed)
      return verifyError(
        VerifyCode.PageCrashed,
        "The app's page has crashed in the browser. Open the build by hand and look; it may need more memory than there is.",
      );
    if (page.isClosed())
      return verifyError(
        VerifyCode.PageClosed,
        'The page or its browser was closed, by the app, by the driver or from outside. Leave both open until verify ends.',
      );
    const isAway = originOf(page.url()) !== origin && originOf(lastTarget) !== origin;
    if (!isAway) return null;
    return verifyError(
      VerifyCode.PageLeft,
      `The app went to ${plainText(lastTarget.split(/[?#]/)[0] ?? '', 100)} and did not come back. An app with a login needs a driver that signs in there and comes back (--driver; docs/cli.md shows one), or a build that signs a test user in by itself.`,
    );
  };
  return { fault, lost };
}

function originOf(address: string): string {
  return URL.canParse(address) ? new URL(address).origin : '';
}

export interface Profile {
  readonly folder: string;
  /** Called when a browser has started: at the end of the process the folder is removed after that browser is ended. */
  isInUse(): void;
}

/** A folder that is removed with the run; where the process ends first, with the process. */
export function makeProfile(resources: Resources): Profile {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'zbs-verify-'));
  const remove = () => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  const removeAtExit = () => {
    try {
      remove();
    } catch {
      // The system removes what is in its folder for temporary files; there is nobody to tell any more.
    }
  };
  process.on('exit', removeAtExit);
  resources.add(() => {
    remove();
    process.off('exit', removeAtExit);
  });
  return {
    folder,
    isInUse() {
      // Listeners are called in their order, and the browser's own has just been added.
      process.off('exit', removeAtExit);
      process.on('exit', removeAtExit);
    },
  };
}

/** @throws KitError BROWSER_MISSING */
export function findBrowser(given: string | undefined, env: Environment): string {
  const found = [given, env.CHROME_PATH, ...candidates(env)].find((file) => file !== undefined && fs.existsSync(file));
  if (found !== undefined && (given === undefined || found === given)) return found;
  throw new KitError(
    'BROWSER_MISSING',
    given === undefined
      ? 'No Chrome or Chromium was found. Install one (on Debian: apt-get install chromium), or name it with --browser.'
      : `There is no browser at ${given}. Correct --browser.`,
  );
}

function candidates(env: Environment): readonly string[] {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome.exe', 'msedge.exe'];
  const onPath = (env.PATH ?? env.Path ?? '')
    .split(path.delimiter)
    .flatMap((folder) => names.map((name) => path.join(folder, name)));
  const windows = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].flatMap((folder) =>
    folder === undefined
      ? []
      : [
          path.join(folder, 'Google/Chrome/Application/chrome.exe'),
          path.join(folder, 'Microsoft/Edge/Application/msedge.exe'),
        ],
  );
  return [
    ...onPath,
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    ...windows,
  ];
}
