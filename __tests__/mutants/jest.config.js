/** `npm run test:mutants`: the simulation finds mistakes that are made on purpose. Minutes; `-t adoption` runs one. */
module.exports = {
  ...require('../../jest.config.js'),
  rootDir: '../..',
  roots: ['<rootDir>/__tests__/mutants'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 600_000,
  maxWorkers: 1,
  verbose: true,
};
