/** Builds the bench app once for all end-to-end tests that take it as it is. */
require('tsx/cjs');

module.exports = async () => {
  const { buildBenchApp } = require('./bench/support/build-app.ts');
  process.env.BENCH_APP = await buildBenchApp();
};
