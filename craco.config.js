/** The demo of this repository uses the preset as an app does, but from where it is built, and the runtime from its sources. */
const { alias } = require('./scripts/runtime-entries');

module.exports = {
  webpack: { alias },
  plugins: [{ plugin: require('./dist/preset'), options: { wasm: 'wasm-loader', worker: 'native', devRelays: 3 } }],
};
