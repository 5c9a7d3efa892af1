/** Reads the part of strfry's configuration language (taocpp/config) that the examples use: blocks, numbers, texts, lists and JSON objects. */
export type ConfigValue = string | number | boolean | readonly ConfigValue[] | { readonly [key: string]: ConfigValue };

/** @throws Error with the position of what cannot be read */
export function readStrfryConfig(text: string): { readonly [key: string]: ConfigValue } {
  const tokens = [...text.matchAll(/#.*|\s+|("(?:[^"\\]|\\.)*"|[{}[\],:=]|[\w.-]+)|(.)/g)].flatMap((match) => {
    if (match[2] !== undefined) throw new Error(`unexpected ${match[2]} at ${match.index}`);
    return match[1] ?? [];
  });
  let at = 0;
  const next = (): string => tokens[at++] ?? fail('more');
  const fail = (what: string): never => {
    throw new Error(`${what} expected after ${tokens.slice(Math.max(0, at - 4), at).join(' ')}`);
  };
  const skipComma = () => {
    if (tokens[at] === ',') at += 1;
  };

  const members = (end: string | undefined): { readonly [key: string]: ConfigValue } => {
    const object: Record<string, ConfigValue> = {};
    while (tokens[at] !== end) {
      const key = next().replace(/^"|"$/g, '');
      if (!/^[a-zA-Z_]\w*$/.test(key)) fail('a name');
      if (Object.hasOwn(object, key)) fail(`no second ${key}`);
      if (tokens[at] === '=' || tokens[at] === ':') at += 1;
      else if (tokens[at] !== '{') fail('a value');
      object[key] = value();
      skipComma();
    }
    at += 1;
    return object;
  };

  const value = (): ConfigValue => {
    const token = next();
    if (token === '{') return members('}');
    if (token === '[') {
      const items: ConfigValue[] = [];
      while (tokens[at] !== ']') {
        items.push(value());
        skipComma();
      }
      at += 1;
      return items;
    }
    if (token.startsWith('"')) return JSON.parse(token) as string;
    if (token === 'true' || token === 'false') return token === 'true';
    return /^\d+$/.test(token) ? Number(token) : fail('a value');
  };

  return members(undefined);
}
