/**
 * In this repository `zero-backend-sync/core` and the other entries of the runtime are its sources. The list is in tsconfig.paths.json, which TypeScript and
 * esbuild read by themselves; this makes of it what webpack and Jest take.
 */
const path = require('node:path');
const { compilerOptions } = require('../tsconfig.paths.json');

const root = path.dirname(__dirname);
const entries = Object.entries(compilerOptions.paths).filter(([name]) => name.startsWith('zero-backend-sync/'));

/** For webpack: `resolve.alias`. */
exports.alias = Object.fromEntries(entries.map(([name, [file]]) => [`${name}$`, path.join(root, file)]));
/** For Jest. */
exports.moduleNameMapper = Object.fromEntries(entries.map(([name, [file]]) => [`^${name}$`, path.join(root, file)]));
