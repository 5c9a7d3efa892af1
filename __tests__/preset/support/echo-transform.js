/** A transformer that shows which options it was given. */
module.exports = {
  createTransformer: ({ prefix }) => ({ process: (source) => ({ code: prefix + source }) }),
};
