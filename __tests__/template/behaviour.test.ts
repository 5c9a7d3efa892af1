/** Each form of the template is an engine that works. */
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { createInProcessWorkers } from '../../src/runtime/testing';
import type * as Engine from '../../src/lib/engine';
import type * as Template from '../../src/lib/types';
import type * as Worker from '../../src/lib/worker';
import { buildForms, formNames, root } from './forms';
import type { BuiltForms } from './forms';

jest.setTimeout(60_000);

let forms: BuiltForms;
beforeAll(() => (forms = buildForms()));
afterAll(() => forms.remove());

const wasm = 'worker/crypto.wasm';

/** The modules of a form; all have the types of the template. */
async function load(form: string) {
  const folder = path.join(forms.folder, form);
  copyFileSync(path.join(root, 'src/lib', wasm), path.join(folder, wasm));
  return {
    ...((await import(path.join(folder, 'engine'))) as typeof Engine),
    ...((await import(path.join(folder, 'types'))) as typeof Template),
    ...((await import(path.join(folder, 'worker'))) as typeof Worker),
  };
}

describe.each(formNames)('the %s form', (form) => {
  test('stores a document and gives it back', async () => {
    const { SyncEngine, serve } = await load(form);
    const engine = await SyncEngine.open({
      identity: ['user-1'],
      relays: [],
      createWorker: createInProcessWorkers(serve),
    });
    try {
      await engine.seed('preferences', [{ id: 'ui', accent: 'rose' }]);
      await engine.patch('preferences', 'ui', { theme: 'dark' });
      const stored = await engine.db.preferences.findOne('ui').exec();
      expect(stored?.toJSON()).toMatchObject({ id: 'ui', theme: 'dark', density: 'comfortable' });
      await engine.synced();
    } finally {
      await engine.close();
    }
  });

  test('has the messages of the template, and none can be changed', async () => {
    const { ToPage, ToWorker } = await load(form);
    expect([ToPage.Opened, ToWorker.FrameLag]).toEqual(['opened', 'frame-lag']);
    expect([ToPage, ToWorker].every(Object.isFrozen)).toBe(form !== 'typescript');
  });
});
