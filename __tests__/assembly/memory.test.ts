import { createHash, pbkdf2Sync } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BlackBox } from '../../src/runtime/crypto/derive-keys';
import { saltSource } from '../../src/preset/salt';
import { expand } from '../vectors/reference';
import { compileAll, compileBlackBox, projectRoot, withFolder } from './compile';
import { codeOf, withMemoryExport } from './wasm-binary';

const salt = createHash('sha256').update('a salt for the memory test').digest();
const appId = 'memory/test';
const iterations = 100_000;
const entryFile = 'src/lib/worker/crypto.asm.ts';
/** One shorter than a block, and one that HMAC hashes first. Of letters only: the lengths in a real one are words that any memory holds. */
const passwords = ['a short identity and secret', 'a-long-identity-'.repeat(12)];

describe('no word of a secret is in memory longer than it is needed', () => {
  test('the shipped code keeps none, at any stage', async () => {
    const module = await compileBlackBox(salt);
    expect(codeOf(withMemoryExport(module)).equals(codeOf(module))).toBe(true);
    expect(passwords.flatMap((password) => leaksOf(module, password))).toEqual([]);
  }, 120_000);

  test('leaving out any one of its wipes is caught', async () => {
    const mutants = await compileMutants();
    const missed = mutants.filter(({ module }) => passwords.every((password) => leaksOf(module, password).length === 0));
    expect(mutants.length).toBeGreaterThanOrEqual(15);
    expect(missed.map(({ name }) => name)).toEqual([]);
  }, 300_000);
});

/** Derives as the worker does, looks into the memory after each call, and says where it found what. */
function leaksOf(module: Uint8Array, password: string): readonly string[] {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(withMemoryExport(module) as BufferSource));
  const box = instance.exports as unknown as BlackBox;
  const memory = Buffer.from((instance.exports.memory as WebAssembly.Memory).buffer);
  const pristine = Buffer.from(memory);
  const master = pbkdf2Sync(password, Buffer.concat([salt, Buffer.from(appId)]), iterations, 32, 'sha256');

  const leaks: string[] = [];
  const secrets = {
    password: Buffer.from(password),
    'hashed password': createHash('sha256').update(password).digest(),
    salt,
    master,
    'signing key': expand(master, 'zbs/1/sign'),
    'sealing key': expand(master, 'zbs/1/seal'),
    'naming key': expand(master, 'zbs/1/name'),
  };
  const look = (stage: string, given: readonly (keyof typeof secrets)[] = []): void => {
    const words = wordsIn(memory);
    for (const [name, secret] of Object.entries(secrets)) {
      if (!given.includes(name as never) && holdsWordOf(words, secret)) leaks.push(`${name} after ${stage}`);
    }
  };
  const lookForTraces = (stage: string): void => {
    box.wipe();
    if (!memory.equals(pristine)) leaks.push(`traces after ${stage} and wipe`);
  };
  const begin = (): void => {
    const input = Buffer.from(password + appId);
    put(box, input);
    expect(box.begin(Buffer.byteLength(password), appId.length, iterations)).toBe(1);
  };

  put(box, secrets.password);
  lookForTraces('put');
  put(box, secrets.password);
  box.begin(secrets.password.length, 0, iterations - 1);
  look('a refused begin');
  put(box, secrets.password);
  box.expand(secrets.password.length, 0);
  look('a refused expand');

  begin();
  look('begin');
  box.step(1);
  look('the first step');
  lookForTraces('the first step');

  begin();
  while (box.step(4_096) > 0);
  look('the last step');
  for (const [info, name] of [['zbs/1/sign', 'signing key'], ['zbs/1/seal', 'sealing key'], ['zbs/1/name', 'naming key']] as const) {
    put(box, Buffer.from(info));
    expect(box.expand(info.length, name === 'signing key' ? 1 : 0)).toBe(1);
    look(`expand of the ${name}`, [name]);
    if (!holdsWordOf(wordsIn(memory), secrets[name])) leaks.push(`nothing to take: the check cannot see the ${name}`);
    for (let i = 0; i < 8; i++) box.take(i);
    look(`take of the ${name}`);
  }
  put(box, Buffer.from('zbs/1/seal'));
  box.expand(10, 0);
  lookForTraces('expand');
  look('wipe');
  return leaks;
}

/** Every word of four bytes that is in memory, at whatever byte it begins. Zeros are nothing. */
function wordsIn(memory: Buffer): ReadonlySet<number> {
  const words = new Set<number>();
  for (let i = 0; i + 4 <= memory.length; i++) {
    const word = memory.readUInt32LE(i);
    if (word !== 0) words.add(word);
  }
  return words;
}

/** As bytes, as words of the other order, and masked as HMAC masks its key, which is as good as plain. */
function holdsWordOf(words: ReadonlySet<number>, secret: Buffer): boolean {
  for (let i = 0; i + 4 <= secret.length; i++)
    for (const word of [secret.readUInt32LE(i), secret.readUInt32BE(i)])
      for (const mask of [0, 0x36363636, 0x5c5c5c5c]) if (words.has((word ^ mask) >>> 0)) return true;
  return false;
}

function put(box: BlackBox, bytes: Buffer): void {
  const words = Buffer.concat([bytes, Buffer.alloc(3)]);
  for (let i = 0; i < bytes.length; i += 4) box.put(i / 4, words.readInt32LE(i));
}

/** One module for each line of the sources that wipes something, compiled without that line. */
function compileMutants(): Promise<readonly { readonly name: string; readonly module: Uint8Array }[]> {
  const wipe = /^ *(memory\.fill\(\w+, 0, \w+\);|\w*wipe\(\);|store<u32>\(address, 0\);)$/i;
  const sources = [entryFile, ...readdirSync(join(projectRoot, 'assembly')).map((name) => `assembly/${name}`)];
  return withFolder(async (folder) => {
    writeFileSync(join(folder, 'salt.generated.ts'), saltSource(salt));
    const mutants = sources
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => {
        const lines = readFileSync(join(projectRoot, file), 'utf8').split('\n');
        return lines.flatMap((line, index) => (wipe.test(line) ? [{ file, lines: lines.filter((_, i) => i !== index), line, index }] : []));
      })
      .map(({ file, lines, line, index }) => {
        const root = join(folder, `${file.replace(/\W/g, '-')}-${index + 1}`);
        cpSync(join(projectRoot, 'assembly'), join(root, 'assembly'), { recursive: true });
        cpSync(join(projectRoot, entryFile), join(root, entryFile));
        writeFileSync(join(root, file), lines.join('\n'));
        return { name: `${file}:${index + 1} ${line.trim()}`, root };
      });
    const results = await compileAll(
      mutants.map(({ root }) => ({
        root,
        entry: entryFile,
        outFile: 'crypto.wasm',
        saltSource: join(folder, 'salt.generated.ts'),
        assemblyFolder: join(root, 'assembly'),
      })),
    );
    return mutants.map(({ name }, i) => ({ name, module: results[i]!.bytes }));
  });
}
