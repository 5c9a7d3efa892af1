/** Transforms as the unit tests do, with one mistake made in the sources: `{ file, find, replace }` as JSON in the variable MUTANT. */
const path = require('node:path');
const swc = require('@swc/jest');
const { transform } = require('../../jest.config.js');

const [, options] = transform['\\.[cm]?[jt]sx?$'];
const patch = JSON.parse(process.env.MUTANT);
const file = path.resolve(__dirname, '../..', patch.file);

const mutated = (source, filename) => {
  if (filename !== file) return source;
  if (source.split(patch.find).length !== 2)
    throw new Error(`The mistake fits nowhere, or in several places, of ${patch.file}.`);
  return source.replace(patch.find, () => patch.replace);
};

module.exports = {
  createTransformer() {
    const inner = swc.createTransformer(options);
    return {
      ...inner,
      process: (source, filename, given) => inner.process(mutated(source, filename), filename, given),
      getCacheKey: (source, filename, given) => inner.getCacheKey(mutated(source, filename), filename, given),
    };
  },
};
