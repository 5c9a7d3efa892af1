/** What is printed fits the terminal: 80 columns where that is not known, broken between words. */
import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';
import { doctor } from '../../src/cli/commands/doctor';
import { init } from '../../src/cli/commands/init';
import { undo } from '../../src/cli/commands/undo';
import { fit, hang, visibleLength, widthOf } from '../../src/cli/layout';
import { showNext } from '../../src/cli/next';
import { startProgress } from '../../src/cli/progress';
import { javascriptApp, makeProject, typescriptApp, type TestContext } from './project';

const colours = pc.createColors(true);

describe('text', () => {
  test.each<[name: string, text: string, expected: string]>([
    [
      'hangs below its first word',
      hang('Note: ', 'one two three four five', 20),
      'Note: one two three\n      four five',
    ],
    [
      'goes below a head that is long',
      hang('a very long head  ', 'one two three', 20),
      'a very long head\n     one two three',
    ],
    [
      'keeps code as it is',
      hang('Note: ', 'this:\n\n    a b c d e f g h i j k\nand', 20),
      'Note: this:\n\n    a b c d e f g h i j k\n      and',
    ],
    ['goes on below its own indent', fit('  one two three four five', 14), '  one two\n  three four\n  five'],
    [
      'keeps a long word whole, to be copied',
      fit('see https://example.org/a/b/c now', 12),
      'see\nhttps://example.org/a/b/c\nnow',
    ],
    ['is left alone where it fits', fit('a  b\n\nc', 12), 'a  b\n\nc'],
  ])('%s', (_name, text, expected) => {
    expect(text).toBe(expected);
  });

  test('counts no column for colours', () => {
    expect(visibleLength(colours.red('ä b'))).toBe(3);
    expect(stripVTControlCharacters(hang(colours.cyan('Note: '), colours.dim('one two three'), 13))).toBe(
      'Note: one two\n      three',
    );
  });

  test.each<[columns: number | undefined, width: number]>([
    [undefined, 80],
    [0, 80],
    [72, 72],
    [20, 40],
    [300, 110],
  ])('has for a terminal of %s columns %s', (columns, width) => {
    expect(widthOf({ columns })).toBe(width);
  });
});

describe('at 80 columns', () => {
  const narrow = (context: TestContext): TestContext => ({
    ...context,
    terminal: {
      ...context.terminal,
      width: 80,
      print: (text) => context.terminal.print(fit(text, 80)),
    },
  });
  const tooWide = (printed: readonly string[]) =>
    printed.flatMap((text) => text.split('\n')).filter((line) => visibleLength(line) > 80 && line.trim().includes(' '));
  const csp = '<meta http-equiv="Content-Security-Policy" content="default-src \'self\'">';

  test.each([
    ['a TypeScript app', typescriptApp],
    ['a JavaScript app with a policy', { ...javascriptApp, 'public/index.html': csp }],
    [
      'an app whose session is in a slice',
      {
        ...typescriptApp,
        'src/App.tsx': '',
        'src/slice.ts': `createSlice({ name: 'session', initialState: { user: null, items: [] } as { user: { id: string; email: string } | null }, reducers: { signedIn(state, action) { state.user = action.payload; } } });`,
      },
    ],
  ])('%s: no line of init, doctor and undo is longer', async (_name, files) => {
    const project = makeProject(files);
    const context = narrow(project.context());
    await init(context, { yes: true });
    await doctor(context, { offline: true });
    await undo(context, { yes: true });
    expect(context.printed.join('\n')).toMatch(/Plan[\s\S]*Installed\.[\s\S]*Next[\s\S]*Undo/);
    expect(tooWide(context.printed)).toEqual([]);
    project.remove();
  });
});

describe('progress', () => {
  const record = (isTTY: boolean) => {
    const written: string[] = [];
    let now = 0;
    const stream = { isTTY, columns: 30, write: (text: string) => void written.push(text) };
    const line = startProgress(stream, 'read the app', () => now);
    return {
      written,
      line,
      pass: (ms: number) => void (now += ms),
      text: () => stripVTControlCharacters(written.join('')),
    };
  };

  test('is a plain line in a pipe', () => {
    const { line, written, text } = record(false);
    line.update('src/App.tsx');
    line.done();
    expect(text()).toBe('  read the app ...\n');
    expect(written.join('')).not.toContain('\r');
  });

  test('moves on a terminal, names what is read, fits, and goes', () => {
    const { line, written, pass } = record(true);
    pass(100);
    line.update('src/a/very/long/path/of/a/file.tsx');
    line.done();
    expect(written.map((part) => stripVTControlCharacters(part).replace('\r', ''))).toEqual([
      '  - read the app ...',
      '  \\ read the app: src/a/very/',
      '',
    ]);
  });

  test.each([true, false])('leaves a line where it took a second or has an outcome (terminal: %s)', (isTTY) => {
    const slow = record(isTTY);
    slow.pass(1200);
    slow.line.done();
    expect(slow.text()).toMatch(/ {2}read the app: done \(1\.2 s\)\n$/);
    const failed = record(isTTY);
    failed.line.done('failed');
    expect(failed.text()).toMatch(/ {2}read the app: failed \(0\.0 s\)\n$/);
  });
});

test('the edits of a file are one thing to do, from its beginning to its end, without the lines that stay', () => {
  const edit = (line: number, before: string, after: string | null) =>
    ({ kind: 'edit', file: 'src/App.js', line, before, after, why: 'the provider' }) as const;
  const text = showNext(
    [
      edit(9, '  return <p />;', '  return (\n    <S>\n      <p />\n    </S>\n  );'),
      edit(5, 'old();', null),
      edit(2, "import a from 'a';", "import a from 'a';\nimport b from 'b';"),
      { kind: 'command', command: 'npm start', why: 'it starts' },
    ],
    80,
  );
  expect(stripVTControlCharacters(text)).toBe(
    [
      'Next',
      '  1. src/App.js: the provider',
      '     behind line 2',
      "         import b from 'b';",
      '     remove line 5',
      '     line 9 becomes',
      '         return (',
      '           <S>',
      '             <p />',
      '           </S>',
      '         );',
      '  2. npm start',
      '     it starts',
    ].join('\n'),
  );
});
