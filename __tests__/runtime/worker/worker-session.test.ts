import { ErrorCode } from '../../../src/runtime/core/errors';
import { createWorkerSession } from '../../../src/runtime/worker/worker-session';
import { inProcessEnvironment } from '../../support/in-process';

const nobody = { onStorage() {}, onStatus() {}, onSynced() {}, onWarning() {} };

test('what is still being opened when the session is closed is closed too', async () => {
  const memory = inProcessEnvironment();
  const closed: string[] = [];
  const session = createWorkerSession(
    {
      ...memory,
      openInstallation: async (appId: string) => ({
        ...(await memory.openInstallation(appId)),
        close: () => closed.push('installation'),
      }),
      openChannel: (name) => ({ ...memory.openChannel(name), close: () => closed.push('channel') }),
    },
    nobody,
  );
  const opening = session.open({ identity: ['user-1'], relays: [] });
  await session.close();
  await opening;
  expect(closed).toContain('installation');
});

test('closing a session that cannot be opened, or was never opened, is no failure', async () => {
  const failing = { ...inProcessEnvironment(), openInstallation: () => Promise.reject(new Error('no disk')) };
  const session = createWorkerSession(failing, nobody);
  const opening = expect(session.open({ identity: ['user-1'] })).rejects.toThrow('no disk');
  await session.close();
  await opening;
  await createWorkerSession(failing, nobody).close();
});

test('nothing can be seeded before the database is open', async () => {
  const session = createWorkerSession(inProcessEnvironment(), nobody);
  await expect(session.seed('notes', [], 0)).rejects.toMatchObject({ code: ErrorCode.StorageFailed });
});
