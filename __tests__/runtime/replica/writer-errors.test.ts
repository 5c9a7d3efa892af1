import { ErrorCode, SyncError } from '../../../src/runtime/core/errors';
import { failureOf } from '../../../src/runtime/replica/writer-errors';
import { toProblem } from '../../../src/runtime/worker/problem';

test.each<[error: unknown, code: ErrorCode, mayPass: boolean]>([
  [new Error('the disk is gone'), ErrorCode.StorageFailed, true],
  [new SyncError(ErrorCode.StorageFull, 'Full.'), ErrorCode.StorageFull, true],
  [new SyncError(ErrorCode.StorageNewer, 'Newer.'), ErrorCode.StorageNewer, true],
  [new SyncError(ErrorCode.KeyChanged, 'Changed.'), ErrorCode.KeyChanged, false],
  [new TypeError('x is not a function'), ErrorCode.RuntimeFailed, true],
  [new RangeError('Maximum call stack size exceeded'), ErrorCode.RuntimeFailed, true],
])('%s stops a writer with %s', (error, code, mayPass) => {
  expect(failureOf(error)).toMatchObject({ problem: { code }, mayPass });
  expect(toProblem(error).code).toBe(code);
});
