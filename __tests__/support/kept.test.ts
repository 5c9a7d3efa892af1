import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kept } from './kept';

const before = process.env.KEPT_APPS;
let folder: string;
beforeEach(() => {
  process.env.KEPT_APPS = folder = mkdtempSync(join(tmpdir(), 'zbs-test-'));
});
afterEach(() => {
  if (before === undefined) delete process.env.KEPT_APPS;
  else process.env.KEPT_APPS = before;
  rmSync(folder, { recursive: true });
});

const makeFile = async (made: string) => writeFileSync(join(made, 'file'), 'complete');

test('what two want at once is made once, and both get it whole', async () => {
  let times = 0;
  const make = async (made: string) => {
    times++;
    await makeFile(made);
  };
  const [one, other] = await Promise.all([kept('app', make), kept('app', make)]);
  expect(readFileSync(join(one, 'file'), 'utf8')).toBe('complete');
  expect([other, times]).toEqual([one, 1]);
  expect(readdirSync(folder)).toEqual(['app']);
});

test('what could not be made is not there, and is tried again', async () => {
  await expect(kept('app', () => Promise.reject(new Error('no network')))).rejects.toThrow('no network');
  expect(existsSync(join(folder, 'app'))).toBe(false);
  expect(existsSync(join(await kept('app', makeFile), 'file'))).toBe(true);
});

test('the lock of a process that has ended does not count', async () => {
  // No system has as many processes.
  writeFileSync(join(folder, 'app.lock'), String(2 ** 31 - 1));
  expect(existsSync(join(await kept('app', makeFile), 'file'))).toBe(true);
});
