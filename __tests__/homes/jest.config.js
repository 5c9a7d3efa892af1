/** The kit in small apps of each tool, installed, built, served and opened in a browser, in minutes. `npx jest --config __tests__/homes/jest.config.js rsbuild` runs one. */
module.exports = {
  ...require('../../jest.config.js'),
  rootDir: '../..',
  roots: ['<rootDir>/__tests__/homes'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 900_000,
  maxWorkers: 1,
  verbose: true,
  // What a failed test has left running must not keep the run from ending.
  forceExit: true,
};
