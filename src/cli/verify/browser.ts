/** Two devices: two browsers with a profile each, which survive being closed. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { KitError } from '../../preset/kit-error';
import type { Environment } from '../process';
import type { BrowserDriver } from './browser-driver';
import type { Driver } from './driver';

export interface Device {
  readonly page: Page;
  /** Errors of the page since it was opened. */
  readonly problems: readonly string[];
  close(): Promise<void>;
}

export interface DeviceOptions {
  readonly browserDriver: BrowserDriver;
  readonly executable: string;
  readonly profile: string;
  readonly address: string;
  /** `MAP relay.example 127.0.0.1:1234`, one for each relay. */
  readonly hostRules: readonly string[];
  readonly driver: Driver;
}

/** @throws KitError DRIVER_FAILED */
export async function openDevice(options: DeviceOptions): Promise<Device> {
  const { browserDriver, executable, profile, address, hostRules, driver } = options;
  const context: BrowserContext = await browserDriver.launchPersistentContext(profile, {
    executablePath: executable,
    headless: true,
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
  const page = context.pages()[0] ?? (await context.newPage());
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => void (message.type() === 'error' && problems.push(message.text())));
  try {
    await page.goto(address);
    await driver.open?.(page);
  } catch (error) {
    await context.close();
    throw driverFailed(error, problems);
  }
  return { page, problems, close: () => context.close() };
}

function driverFailed(error: unknown, problems: readonly string[]): KitError {
  const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
  const ofPage = problems[0] === undefined ? '' : ` The page reported: ${problems[0].split('\n')[0]}`;
  return new KitError(
    'DRIVER_FAILED',
    `The app was opened, and it was not ready to be written to (${reason}).${ofPage} Without --driver the first text field that is visible is used. Give verify a driver that signs in and opens the right view (docs/cli.md shows one), or correct the one that it was given.`,
  );
}

export function makeProfile(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'zbs-verify-'));
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
