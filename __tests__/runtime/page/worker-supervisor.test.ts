/** What a supervisor checks before it starts a worker; its life with workers is in lib/engine-worker-death.test.ts. */
import { ErrorCode } from '../../../src/runtime/core/errors';
import { TEMPLATE_VERSION } from '../../../src/runtime/core/versions';
import { createStorageChannel } from '../../../src/runtime/page/rxdb/storage-channel';
import { createWorkerSupervisor } from '../../../src/runtime/page/worker-supervisor';

function supervise(template: number | undefined) {
  const createWorker = jest.fn(() => {
    throw new Error('not to be started');
  });
  const said = (message: string) => () => message;
  const supervisor = createWorkerSupervisor({
    template: template as number,
    request: { identity: ['user-1'] },
    createWorker,
    isReplaced: true,
    messages: {
      ...{ open: said('open'), storage: said('storage'), ready: said('ready'), lifecycle: said('lifecycle') },
      ...{ frameLag: said('frameLag'), ping: said('ping'), close: said('close') },
    },
    createLink: createStorageChannel,
    onMessage: () => {},
    onProblem: () => {},
    onReopened: () => {},
  });
  return { supervisor, createWorker };
}

test.each([
  ['an older template', TEMPLATE_VERSION - 1, 'npx zero-backend-sync update'],
  ['a template that says no version', undefined, 'npx zero-backend-sync update'],
  ['a newer template', TEMPLATE_VERSION + 1, 'npm install zero-backend-sync@latest'],
])('with %s nothing is started, and the error says what to do', async (_which, template, remedy) => {
  const { supervisor, createWorker } = supervise(template);
  await expect(supervisor.open()).rejects.toMatchObject({
    code: ErrorCode.TemplateMismatch,
    message: expect.stringContaining(remedy),
  });
  expect(createWorker).not.toHaveBeenCalled();
  await supervisor.close(async () => {});
});
