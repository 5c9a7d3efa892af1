/** The scaffold on real apps, one after another; each takes minutes. `npx jest --config __tests__/scaffold/jest.config.js -t yarn` runs one. */
module.exports = {
  ...require('../../jest.config.js'),
  rootDir: '../..',
  roots: ['<rootDir>/__tests__/scaffold'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 900_000,
  maxWorkers: 1,
};
