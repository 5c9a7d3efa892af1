/** End-to-end tests in a real browser, one file at a time. */
module.exports = {
  ...require('./jest.config.js'),
  roots: ['<rootDir>/__tests__/e2e'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/jest.e2e.setup.js',
  globalTeardown: '<rootDir>/jest.e2e.teardown.js',
  testTimeout: 120000,
  maxWorkers: 1,
};
