/**
 * The regular expression of a `pattern`. JSON Schema takes those of ECMA-262 and asks for Unicode; many that are in use, such as `\-` outside a class, are
 * valid without the `u` flag only.
 * @returns undefined for what is none in this browser.
 */
export function compilePattern(pattern: string): RegExp | undefined {
  return regExp(pattern, 'u') ?? regExp(pattern, '');
}

function regExp(pattern: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return undefined;
  }
}
