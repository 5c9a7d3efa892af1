/** What a repository holds does not command the terminal that shows it. */
import { harmless } from '../../src/cli/harmless-text';
import { startProgress } from '../../src/cli/progress';
import { openTerminal } from '../../src/cli/terminal';

const hostile: readonly [name: string, text: string, shown: string][] = [
  ['a screen that is cleared', 'a\u001b[2Jb', 'a\ufffd[2Jb'],
  ['a title of the window', '\u001b]0;owned\u0007', '\ufffd]0;owned\ufffd'],
  ['what is written to the clipboard', '\u001b]52;c;eA==\u001b\\', '\ufffd]52;c;eA==\ufffd\\'],
  ['a line that is overwritten', 'rm -rf\rls', 'rm -rf\ufffdls'],
  ['a command of one character', '\u009b2J', '\ufffd2J'],
  ['a colour that is none', '\u001b[31;1Hx', '\ufffd[31;1Hx'],
  ['backspaces', 'ab\b\u007f', 'ab\ufffd\ufffd'],
];

test.each(hostile)('%s', (_name, text, shown) => {
  expect(harmless(text)).toBe(shown);
});

test('text, lines, tabs and colours stay', () => {
  const text = 'a\n\tb \u001b[1m\u001b[31;1mred\u001b[0m caf\u00e9 \u65e5\u672c';
  expect(harmless(text)).toBe(text);
});

test.each(['print', 'printExact'] as const)('%s lets nothing else through', (name) => {
  const written: unknown[] = [];
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => written.push(chunk) > 0);
  const isForced = process.env.FORCE_COLOR;
  process.env.FORCE_COLOR = '1';
  try {
    openTerminal({ quiet: false })[name]('src/\u001b[2J.ts');
  } finally {
    write.mockRestore();
    if (isForced === undefined) delete process.env.FORCE_COLOR;
    else process.env.FORCE_COLOR = isForced;
  }
  expect(written).toEqual(['src/\ufffd[2J.ts\n']);
});

test('the line of progress lets nothing else through', () => {
  const written: string[] = [];
  let now = 0;
  const shown = startProgress({ isTTY: true, columns: 80, write: (text) => written.push(text) }, 'read', () => now);
  now = 1000;
  shown.update('src/\u001b[2J.ts');
  shown.done();
  expect(written.join('')).toContain('read: src/\ufffd[2J.ts');
  expect(written.join('')).not.toContain('\u001b[2J');
});
