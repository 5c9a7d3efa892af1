/** The unit tests over sources with a mistake in them (mutating-transform.js). */
const unit = require('../../jest.config.js');

module.exports = {
  ...unit,
  rootDir: '../..',
  transform: { ...unit.transform, '\\.[cm]?[jt]sx?$': '<rootDir>/__tests__/mutants/mutating-transform.js' },
};
