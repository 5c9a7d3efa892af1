/** A project in a temporary folder, and a context whose programs do not run, for the tests of commands. */
import { mkdtempSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { stripVTControlCharacters } from 'node:util';
import * as path from 'node:path';
import type { CommandContext } from '../../src/cli/commands/context';
import { diskFiles } from '../../src/cli/discover/project-files';
import { readKit, type Kit } from '../../src/cli/kit';
import type { Finished } from '../../src/cli/process';
import type { TemplateForm, TemplateFramework } from '../../src/cli/template';
import type { Prompter } from '../../src/cli/terminal';

export const craPackageJson = (more: object = {}): string =>
  `${JSON.stringify(
    {
      name: 'my-app',
      version: '0.1.0',
      private: true,
      dependencies: { react: '^19.0.0', 'react-dom': '^19.0.0', 'react-scripts': '5.0.1', typescript: '^4.4.2' },
      scripts: {
        start: 'react-scripts start',
        build: 'react-scripts build',
        test: 'react-scripts test',
        eject: 'react-scripts eject',
      },
      eslintConfig: { extends: ['react-app'] },
      ...more,
    },
    null,
    2,
  )}\n`;

export const craTsconfig = `{\n  // ours\n  "compilerOptions": {\n    "target": "es5",\n    "resolveJsonModule": true,\n    "strict": true\n  },\n  "include": ["src"]\n}\n`;

/** A TypeScript app as Create React App makes it, with a session. */
export const typescriptApp: Readonly<Record<string, string>> = {
  'package.json': craPackageJson(),
  'package-lock.json': '{ "lockfileVersion": 3 }\n',
  'tsconfig.json': craTsconfig,
  '.gitignore': '/node_modules\n.env.local\n',
  'public/index.html': '<!doctype html>\n<div id="root"></div>\n',
  'src/index.tsx': `import App from './App';\n`,
  'src/App.tsx': `import { useAuth } from './auth';\nexport default function App() {\n  const { user } = useAuth();\n  return <p>{user.id}</p>;\n}\n`,
};

/** A JavaScript app without a lock file. */
export const javascriptApp: Readonly<Record<string, string>> = {
  'package.json': craPackageJson({
    dependencies: { react: '^18.2.0', 'react-dom': '^18.2.0', 'react-scripts': '5.0.1' },
  }),
  'src/index.js': `import { useAuth0 } from '@auth0/auth0-react';\nexport const id = () => useAuth0().user.sub;\n`,
};

/** A small stand-in for the template, so that tests read and write little. Its lines are longer than Prettier leaves them. */
export function smallTemplate(
  form: TemplateForm,
  framework: TemplateFramework = 'react',
): Readonly<Record<string, string>> {
  const extension = form === 'javascript' ? 'js' : 'ts';
  return {
    [`types.${extension}`]: `export const TEMPLATE_VERSION = 1;\n${form === 'typescript' ? 'export enum ToWorker { Open }' : 'export const ToWorker = { Open: 0 };'}\n`,
    [`schema.${extension}`]: `import { defineCollection } from 'zero-backend-sync/core';\nconst notes = defineCollection({ schema: {} });\nconst preferences = defineCollection({ schema: {} });\nexport const collections = { notes, preferences };\n`,
    [`engine.${extension}`]: `export class SyncEngine {}\n`,
    [`storage.${extension}`]: `export const storage = {};\n`,
    [`${framework}.${extension}`]: `export const useDocument = () => null;\n`,
    [`worker/index.${extension}`]: `export {};\n`,
    'config.json': `{\n  "appId": "zero-backend-sync-demo/0000000000000000",\n  "kind": 30078,\n  "salts": [{ "id": "1", "env": "SYNC_SALT", "fingerprint": "3ae29166c7faad65" }],\n  "iterations": 600000,\n  "relays": ["wss://a.example", "wss://b.example", "wss://c.example"],\n  "notBefore": "2026-11-01"\n}\n`,
    'worker/crypto.asm.ts': `export function abi(): u32 { return 1; }\n`,
  };
}

export const smallKit: Kit = {
  version: '0.1.0',
  spec: '^0.1.0',
  templateVersion: 1,
  template: smallTemplate,
  versions: readKit().versions,
  peers: readKit().peers,
};

export interface TestProject {
  readonly root: string;
  read(file: string): string;
  write(file: string, text: string): void;
  /** Every file with its bytes; records of the kit included. */
  tree(): Readonly<Record<string, string>>;
  context(more?: Partial<CommandContext>): TestContext;
  remove(): void;
}

export interface TestContext extends CommandContext {
  readonly printed: string[];
  readonly ran: string[];
}

export function makeProject(files: Readonly<Record<string, string>>, folderName = 'my app ünïcode'): TestProject {
  const parent = mkdtempSync(path.join(tmpdir(), 'zbs-cli-'));
  const root = path.join(parent, folderName);
  mkdirSync(root);
  const write = (file: string, text: string) => {
    const target = path.join(root, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
  };
  for (const [file, text] of Object.entries(files)) write(file, text);
  return {
    root,
    read: (file) => readFileSync(path.join(root, file), 'utf8'),
    write,
    tree: () => treeOf(root),
    context: (more) => makeContext(root, write, more),
    remove: () => rmSync(parent, { recursive: true, force: true }),
  };
}

function makeContext(
  root: string,
  write: (file: string, text: string) => void,
  more: Partial<CommandContext> = {},
): TestContext {
  const printed: string[] = [];
  const ran: string[] = [];
  let randomByte = 0;
  return {
    root,
    files: diskFiles(root),
    terminal: {
      prompter: null,
      // What a pipe gets: where colours are on, as in most build servers, a sentence is cut by them.
      print: (text) => void printed.push(stripVTControlCharacters(text)),
      printExact: (text) => void printed.push(stripVTControlCharacters(text)),
      // So wide that a sentence is found whole.
      width: 100_000,
      progress: () => ({ update() {}, done() {} }),
    },
    run: async (program, args): Promise<Finished> => {
      ran.push([program, ...args].join(' '));
      // Outside a repository, and an installation that changes the lock file.
      if (program === 'git') return { status: 128, output: '', isMissing: false };
      if (program === 'npm') write('package-lock.json', '{ "lockfileVersion": 3, "installed": true }\n');
      return { status: 0, output: '', isMissing: false };
    },
    env: {},
    random: (bytes) => new Uint8Array(bytes).fill(++randomByte),
    readKit: () => smallKit,
    fetch: () => Promise.reject(new Error('no network')),
    now: () => 0,
    ...more,
    printed,
    ran,
  };
}

/** Answers from a list, and fails a test that asks more. */
export function answering(...answers: readonly (string | boolean)[]): Prompter & { readonly asked: string[] } {
  const left = [...answers];
  const asked: string[] = [];
  const next = (question: string) => {
    asked.push(question);
    const answer = left.shift();
    if (answer === undefined) throw new Error(`Not expected to be asked: ${question}`);
    return answer as never;
  };
  return {
    asked,
    confirm: async (question) => next(question),
    select: async (question) => next(question),
    text: async (question) => next(question),
    warn: () => {},
  };
}

function treeOf(root: string, folder = ''): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
    const file = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) Object.assign(tree, { [`${file}/`]: '' }, treeOf(root, file));
    else if (entry.isSymbolicLink()) tree[file] = `-> ${readlinkSync(path.join(root, file))}`;
    else tree[file] = readFileSync(path.join(root, file), 'latin1');
  }
  return tree;
}
