/** What is looked at before a black box is written, on modules in the text format of WebAssembly. */
import wabt from 'wabt';
import { checkBlackBox } from '../../src/preset/black-box';

async function moduleOf(text: string): Promise<Uint8Array> {
  const tools = await wabt();
  return tools.parseWat('module.wat', `(module ${text})`).toBinary({}).buffer;
}
const abi = (version: number) => `(func (export "abi") (result i32) (i32.const ${version}))`;
const entry = 'src/lib/worker/crypto.asm.ts';

test('a black box of this version passes', async () => {
  checkBlackBox(await moduleOf(abi(1)), entry);
});

test.each([
  ['of an older one', abi(0), 'has interface 0 and is older', 'npx zero-backend-sync update'],
  ['of a newer one', abi(2), 'has interface 2 and is newer', 'npm install zero-backend-sync@latest'],
  ['without abi()', '', 'does not export abi()', 'npx zero-backend-sync update'],
])('one %s is an error with what to do', async (_what, text, reason, remedy) => {
  const module = await moduleOf(text);
  const check = () => checkBlackBox(module, entry);
  expect(check).toThrow(expect.objectContaining({ code: 'BLACK_BOX_ABI' }));
  for (const words of [entry, reason, `Run "${remedy}"`]) expect(check).toThrow(words);
});

test.each([
  ['imports a function', '(import "env" "abort" (func))', 'imports the function env.abort'],
  ['imports its memory', '(import "env" "memory" (memory 1))', 'imports the memory env.memory'],
  ['exports its memory', '(memory (export "memory") 1)', 'exports the memory memory'],
  ['exports its table', '(table (export "table") 1 funcref)', 'exports the table table'],
  ['exports a variable', '(global (export "stage") i32 (i32.const 0))', 'exports the global stage'],
])('one that %s is an error that names it', async (_what, text, opening) => {
  const module = await moduleOf(`${text} ${abi(1)}`);
  const check = () => checkBlackBox(module, entry);
  expect(check).toThrow(expect.objectContaining({ code: 'BLACK_BOX_UNSAFE' }));
  for (const words of [entry, opening, 'asconfig.json']) expect(check).toThrow(words);
});
