import { readdirSync, readFileSync } from 'node:fs';

const page = readFileSync('docs/lib.md', 'utf8');
const filesIn = (folder: string) => readdirSync(folder).filter((name) => /\.(ts|json)$/.test(name));

test.each(filesIn('src/lib'))('docs/lib.md has a section for %s', (name) => {
  expect(page).toContain(`\n## ${name}\n`);
});

test.each(filesIn('src/lib/worker'))('docs/lib.md says what worker/%s is for', (name) => {
  expect(page).toContain(`\`${name}\``);
});
