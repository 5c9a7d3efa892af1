import { ErrorCode } from '../../../src/runtime/core/errors';
import wasm from '../../../src/lib/worker/crypto.wasm';
import { loadBlackBox } from '../../../src/runtime/crypto/black-box';
import { deriveKeys, type BlackBox } from '../../../src/runtime/crypto/derive-keys';

const derivation = { password: Buffer.from('["user-1"]'), appId: 'app/0', iterations: 100_000 };

describe('deriving', () => {
  test('lets the event loop run between its steps', async () => {
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await deriveKeys(await loadBlackBox(wasm), derivation);
    isDone = true;
    expect(turns).toBeGreaterThan(10);
  });

  test('reports the part that is done, ever more and all in the end', async () => {
    const parts: number[] = [];
    await deriveKeys(await loadBlackBox(wasm), { ...derivation, onProgress: (done) => parts.push(done) });
    expect(parts).toEqual([...parts].sort((a, b) => a - b));
    expect(parts.length).toBe(25);
    expect(parts.at(-1)).toBe(1);
  });

  test('ends soon after it is aborted, and leaves nothing behind', async () => {
    const box = await loadBlackBox(wasm);
    const abort = new AbortController();
    let reports = 0;
    const onProgress = (): void => {
      if (++reports === 3) abort.abort();
    };
    await expect(deriveKeys(box, { ...derivation, onProgress, signal: abort.signal })).rejects.toMatchObject({
      code: ErrorCode.EngineClosed,
    });
    expect(reports).toBe(3);
    expect(box.step(1)).toBe(0);
    expect(box.expand(0, 0)).toBe(0);
  });

  test('serves again after it was aborted', async () => {
    const box = await loadBlackBox(wasm);
    await expect(deriveKeys(box, { ...derivation, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: ErrorCode.EngineClosed,
    });
    const keys = await deriveKeys(box, derivation);
    expect(keys).toEqual(await deriveKeys(await loadBlackBox(wasm), derivation));
  });

  test('one after the other with a black box that several share, also behind one that fails', async () => {
    const box = await loadBlackBox(wasm);
    const identities = ['user-1', 'user-2', 'user-3'].map((user) => Buffer.from(JSON.stringify([user])));
    const shared = identities.map((password) => deriveKeys(box, { ...derivation, password }));
    const failing = deriveKeys(box, { ...derivation, signal: AbortSignal.abort() });
    const last = deriveKeys(box, derivation);
    await expect(failing).rejects.toMatchObject({ code: ErrorCode.EngineClosed });
    for (const [i, password] of identities.entries()) {
      expect(await shared[i]).toEqual(await deriveKeys(await loadBlackBox(wasm), { ...derivation, password }));
    }
    expect(await last).toEqual(await shared[0]);
  });

  test('refuses fewer than 100,000 iterations, whatever config.json says', async () => {
    const tooFew = deriveKeys(await loadBlackBox(wasm), { ...derivation, iterations: 99_999 });
    await expect(tooFew).rejects.toMatchObject({ code: ErrorCode.ConfigInvalid });
  });

  test.each(['begin', 'step', 'expand', 'take'] as const)('wipes the black box when %s fails', async (name) => {
    const box = await loadBlackBox(wasm);
    const wipe = jest.fn(() => box.wipe());
    const failing: BlackBox = {
      ...box,
      wipe,
      [name]: () => {
        throw new WebAssembly.RuntimeError('unreachable');
      },
    };
    await expect(deriveKeys(failing, derivation)).rejects.toThrow(WebAssembly.RuntimeError);
    expect(wipe).toHaveBeenCalledTimes(1);
  });
});
