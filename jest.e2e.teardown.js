const { rm } = require('node:fs/promises');
const { dirname } = require('node:path');

module.exports = () => rm(dirname(process.env.BENCH_APP), { recursive: true, force: true });
