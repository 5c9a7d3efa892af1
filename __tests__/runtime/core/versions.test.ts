import { version } from '../../../package.json';
import { KIT_VERSION } from '../../../src/runtime/core/versions';

test('the kit says the version of its package', () => {
  expect(KIT_VERSION).toBe(version);
});
