/** The demo of this repository uses the preset as an app does, but from where it is built. */
module.exports = {
  plugins: [{ plugin: require('./dist/preset'), options: { wasm: 'wasm-loader', worker: 'native', devRelays: 3 } }],
};
