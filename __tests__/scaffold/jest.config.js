/** The scaffold on real apps, and verify on small pages in real browsers, two at a time, in minutes. `npx jest --config __tests__/scaffold/jest.config.js -t yarn` runs one. */
module.exports = {
  ...require('../../jest.config.js'),
  rootDir: '../..',
  roots: ['<rootDir>/__tests__/scaffold'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/__tests__/scaffold/setup.ts',
  globalTeardown: '<rootDir>/__tests__/scaffold/teardown.ts',
  testTimeout: 900_000,
  maxWorkers: 2,
  verbose: true,
};
