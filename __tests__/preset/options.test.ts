import { readOptions } from '../../src/preset/options';

describe('options of the preset', () => {
  test('are all optional', () => {
    expect(readOptions(undefined)).toEqual({
      wasm: 'wasm-loader',
      worker: 'native',
      devRelays: 3,
      lib: 'src/lib',
      assemblyScript: {},
    });
  });

  test('are taken as given', () => {
    const given = {
      wasm: 'asset',
      worker: 'workerize',
      devRelays: 0,
      lib: 'src/sync',
      assemblyScript: { entries: ['src/a.asm.ts'], flags: ['--enable', 'simd'] },
    };
    expect(readOptions(given)).toEqual(given);
  });

  test.each(['./src/lib', 'src/lib/', 'src\\lib'])('take %s for src/lib', (lib) => {
    expect(readOptions({ lib }).lib).toBe('src/lib');
  });

  test.each([
    [{ wsam: 'asset' }, /option 'wsam'.*Allowed are: wasm, worker, devRelays, lib, assemblyScript/],
    [{ wasm: 'inline' }, /'wasm' is "inline", but has to be 'wasm-loader' or 'asset'/],
    [{ worker: true }, /'worker' is true, but has to be 'native' or 'workerize'/],
    [{ devRelays: 2 }, /'devRelays' is 2, but has to be 0 \(none\) or a whole number from 3 to 16/],
    [{ devRelays: 17 }, /'devRelays' is 17/],
    [{ devRelays: '3' }, /'devRelays' is "3"/],
    [{ devRelays: 3.5 }, /'devRelays' is 3.5/],
    [{ lib: 'lib' }, /'lib' is "lib", but has to be a folder under src/],
    [{ lib: 'src/../lib' }, /'lib' is/],
    [{ lib: () => 'src/lib' }, /'lib' is a function/],
    [{ assemblyScript: true }, /'assemblyScript' is true, but has to be an object/],
    [{ assemblyScript: { entry: 'a' } }, /'assemblyScript' with 'entry'.*Allowed are: entries, flags/],
    [{ assemblyScript: { entries: ['src/a.ts'] } }, /'assemblyScript.entries'.*end in '.asm.ts'/],
    [{ assemblyScript: { flags: '--debug' } }, /'assemblyScript.flags' is "--debug", but has to be a list of strings/],
    ['wasm', /'options' is "wasm", but has to be an object/],
    [[], /'options' is \[\]/],
  ])('refuse %j', (given, message) => {
    expect(() => readOptions(given)).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }));
    expect(() => readOptions(given)).toThrow(message);
  });
});
