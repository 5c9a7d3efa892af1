/**
 * Writes src/lib in the forms in which `init` copies it into apps: dist/template/typescript, erasable and javascript. Takes another folder than
 * dist/template as its argument.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as prettier from 'prettier';
import { generateForms } from './template/forms.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const lib = path.join(root, 'src/lib');
const target = path.resolve(process.argv[2] ?? path.join(root, 'dist/template'));

const names = readdirSync(lib, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.name.endsWith('.wasm'))
  .map((entry) => path.relative(lib, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
const sources = new Map(names.map((name) => [name, readFileSync(path.join(lib, name), 'utf8')]));
const options = await prettier.resolveConfig(path.join(lib, 'engine.ts'));
const forms = await generateForms(sources, (file, text) => prettier.format(text, { ...options, filepath: file }));

rmSync(target, { recursive: true, force: true });
for (const [form, files] of Object.entries(forms)) {
  for (const [name, text] of files) {
    const file = path.join(target, form, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
console.log(`${path.relative(root, target)}: ${names.length} files as ${Object.keys(forms).join(', ')}`);
