/** Apps that are laid out by hand and installed by npm, kept for all suites: without a kit in them they are the same for every checkout. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { kept } from '../kept';
import { run, say, type Environment } from '../processes';

export interface AppSource {
  readonly name: string;
  /** Name and version come from `name`. */
  readonly packageJson: object;
  /** By path in the app. */
  readonly files: Readonly<Record<string, string>>;
  /** What lies there before `files` are written, such as a template. */
  copyTo?(folder: string): void | Promise<void>;
  /** For npm. */
  readonly environment?: Environment;
}

/** The app as its owner has it before the kit. Only to be read. */
export async function installedApp(app: AppSource): Promise<string> {
  const { name, packageJson, files, copyTo, environment = {} } = app;
  const identity = createHash('sha256')
    .update(JSON.stringify([packageJson, files]))
    .digest('hex')
    .slice(0, 12);
  return kept(`base-${name}-${identity}`, async (folder) => {
    say(`lay out and install ${name}`);
    await copyTo?.(folder);
    const json = { name: `app-${name}`, private: true, version: '0.0.0', ...packageJson };
    writeFiles(folder, { ...files, 'package.json': `${JSON.stringify(json, null, 2)}\n` });
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], folder, environment);
  });
}

export function writeFiles(folder: string, files: AppSource['files']): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}
