/** This repository's own tests run on Jest 30; CRA's Jest 27 serves the apps (src/preset/jest). */
const { moduleNameMapper } = require('./scripts/runtime-entries');

module.exports = {
  // Most tests wait for sockets and browsers' timers rather than compute.
  maxWorkers: 3,
  testEnvironment: 'node',
  testSequencer: '<rootDir>/jest.sequencer.js',
  roots: ['<rootDir>/__tests__'],
  testMatch: ['**/*.test.ts', '**/*.test.tsx'],
  testPathIgnorePatterns: ['/node_modules/', '/e2e/', '/__tests__/homes/', '/matrix/', '/scaffold/', '/mutants/'],
  moduleNameMapper: {
    ...moduleNameMapper,
    // The preset's sources stand beside what the build has bundled for them.
    '^\\.\\./vendor/wasm-loader$': '<rootDir>/dist/preset/vendor/wasm-loader.js',
  },
  transform: {
    '\\.wasm$': '<rootDir>/dist/preset/jest/wasm-transform.js',
    '\\.[cm]?[jt]sx?$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', tsx: true },
          transform: { react: { runtime: 'automatic' } },
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  transformIgnorePatterns: ['/node_modules/(?!(@noble|@scure|nostr-tools|qr|idb|@cfworker|@clack|fake-indexeddb)/)'],
};
