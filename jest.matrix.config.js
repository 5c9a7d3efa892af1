/** The preset on real apps, two at a time: minutes rather than seconds. */
module.exports = {
  ...require('./jest.config.js'),
  roots: ['<rootDir>/__tests__/matrix'],
  testPathIgnorePatterns: ['/node_modules/', '/matrix/app/'],
  testTimeout: 600000,
  maxWorkers: 2,
  verbose: true,
  // What a failed test has left running must not keep the run from ending.
  forceExit: true,
};
