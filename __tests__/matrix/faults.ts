/** Mistakes that an app's developer makes, and the changes of files that show them. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { moduleOf } from './apps';

export interface Fault {
  readonly what: string;
  /** Without its extension where that is the app's. */
  readonly file: string;
  change(source: string): string;
  /** What has to be said about it. */
  readonly words: RegExp;
}
export const faultOfWorker: Fault = {
  what: 'the worker',
  file: 'src/lib/worker/index',
  change: (source) => `${source}\nconst = ;\n`,
  words: /worker\/index\.[jt]s/,
};
export const faults: readonly Fault[] = [
  faultOfWorker,
  {
    what: 'AssemblyScript',
    file: 'src/add.asm.ts',
    change: (source) => source.replace('a + b', 'a + c'),
    words: /src\/add\.asm\.ts:2:14/,
  },
  {
    what: 'config.json',
    file: 'src/lib/config.json',
    change: (source) => source.replace(',', ',,'),
    words: /config\.json (is not valid JSON in line 2|cannot be read)/,
  },
  {
    what: 'a value of config.json',
    file: 'src/lib/config.json',
    change: (source) => source.replace('100000', '1000'),
    words: /"iterations" of config\.json is 1000/,
  },
];

/** Changes a file of the app for as long as something is looked at. */
export async function withEdit(
  app: string,
  file: string,
  change: (source: string) => string,
  look: () => Promise<void>,
): Promise<void> {
  const path = existsSync(join(app, file)) ? join(app, file) : moduleOf(app, file);
  const before = readFileSync(path, 'utf8');
  writeFileSync(path, change(before));
  try {
    await look();
  } finally {
    writeFileSync(path, before);
  }
}
