import { JsonMistake, parseJson } from '../../src/preset/parse-json';

function mistakeIn(text: string): JsonMistake {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof JsonMistake) return error;
  }
  throw new Error('There is no mistake.');
}

test.each([
  ['nothing', '', 1, 1],
  ['a word', '{"a": x}', 1, 7],
  ['a missing comma', '{\n  "a": 1\n  "b": 2\n}', 3, 3],
  ['a comma too many', '{\n  "a": [1, 2,]\n}', 2, 14],
  ['a comma before the end', '{ "a": 1, }', 1, 11],
  ['a key without quotes', '{\n\n  a: 1 }', 3, 3],
  ['a comment', '{ // why\n}', 1, 3],
  ['single quotes', "{ 'a': 1 }", 1, 3],
  ['a missing colon', '{ "a" 1 }', 1, 7],
  ['a text without its end', '{ "a": "b }', 1, 8],
  ['a bad escape', '["\\x"]', 1, 2],
  ['a number with a zero in front', '[01]', 1, 3],
  ['an end that is missing', '{ "a": [1, 2', 1, 13],
  ['something behind the end', '{}\n{}', 2, 1],
])('the place of %s is told', (_what, text, line, column) => {
  expect(mistakeIn(text).place).toEqual({ line, column });
});

test('JSON is read as ever', () => {
  const text = '{ "a": [1, -2.5e3, true, null, "\\u00e4\\n", {}, []] }';
  expect(parseJson(text)).toEqual(JSON.parse(text));
});
