#!/usr/bin/env node
/** The entry of `npx zero-backend-sync`. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { execute } from './execute';
import { buildProgram } from './program';

const { version } = JSON.parse(fs.readFileSync(path.resolve(__dirname, '../../package.json'), 'utf8')) as {
  readonly version: string;
};

void buildProgram(version, execute).parseAsync(process.argv);
