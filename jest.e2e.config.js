/** End-to-end tests in a real browser, one file at a time. */
module.exports = {
  ...require('./jest.config.js'),
  roots: ['<rootDir>/__tests__/e2e'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/jest.e2e.setup.js',
  globalTeardown: '<rootDir>/jest.e2e.teardown.js',
  testTimeout: 120000,
  maxWorkers: 1,
  // A browser or a dev server that a failed test left alive must not turn the failure into a hang.
  forceExit: true,
};
