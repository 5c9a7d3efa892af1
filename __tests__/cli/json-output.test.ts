/** With --json standard output is one object, whatever code of the app prints. */
import { execute } from '../../src/cli/execute';

async function outputOf(json: boolean, command: () => Promise<void>): Promise<{ out: string; err: string }> {
  const printed = { out: '', err: '' };
  const writerTo = (name: 'out' | 'err') =>
    ((text: string, done?: () => void) => {
      printed[name] += text;
      done?.();
      return true;
    }) as typeof process.stdout.write;
  const out = jest.spyOn(process.stdout, 'write').mockImplementation(writerTo('out'));
  const err = jest.spyOn(process.stderr, 'write').mockImplementation(writerTo('err'));
  const exit = jest.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
  try {
    await execute({ json }, async () => {
      await command();
      return { status: 0, json: { done: true }, next: [] };
    });
    process.stdout.write('later');
  } finally {
    for (const spy of [out, err, exit]) spy.mockRestore();
  }
  return printed;
}

const result = { status: 0, done: true, next: [] };

test.each<[name: string, command: () => Promise<void>]>([
  ['prints', async () => void process.stdout.write('from .prettierrc.js\n')],
  [
    'prints and fails',
    async () => {
      process.stdout.write('from .prettierrc.js\n');
      throw new Error('no');
    },
  ],
])('code of the app that %s reaches standard error', async (name, command) => {
  const { out, err } = await outputOf(true, command);
  expect(err).toContain('from .prettierrc.js');
  expect(out.endsWith('later')).toBe(true);
  expect(JSON.parse(out.slice(0, -'later'.length))).toMatchObject(name === 'prints' ? result : { code: 'FAILED' });
});

test('without --json it stays where it was', async () => {
  expect((await outputOf(false, async () => void process.stdout.write('x'))).out).toBe('xlater');
});
