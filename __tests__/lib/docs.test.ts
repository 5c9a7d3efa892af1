import { readdirSync, readFileSync } from 'node:fs';
import { ErrorCode } from '../../src/runtime/core/errors';

const page = readFileSync('docs/lib.md', 'utf8');
const template = readdirSync('src/lib', { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.(ts|json)$/.test(name),
);
const folders = readdirSync('src/runtime');

test.each(template)('docs/lib.md has a section for src/lib/%s', (name) => {
  expect(page).toContain(`\n## ${name.replaceAll('\\', '/')}\n`);
});

test.each(folders)('docs/lib.md has a section for the runtime folder %s', (name) => {
  expect(page).toContain(`\n### ${name}\n`);
});

const guide = readFileSync('docs/guide.md', 'utf8');

test.each(Object.values(ErrorCode))('docs/guide.md says when there is %s', (code) => {
  expect(guide).toContain(`\n| \`${code}\``);
});
