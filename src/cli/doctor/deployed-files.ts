/** Files that the scripts of a site name: chunks that are loaded later, among them the worker, and modules of WebAssembly. */

export interface LoadedScript {
  readonly url: URL;
  readonly text: string;
}

/** Addresses that a script may mean by the names of chunks with a hash, each once. */
export function chunksNamedBy({ text, url }: LoadedScript, page: URL): readonly URL[] {
  const names = [...text.matchAll(/["'`]([\w./-]+[.-][\w-]{6,}\.m?js)["'`]/g)].map(([, name = '']) => name);
  return [...new Set(names)].flatMap((name) => addressesOf(name, url, page).slice(0, 1));
}

/** What each module that the scripts name may be at, the likeliest first. */
export function modulesNamedBy(scripts: readonly LoadedScript[], page: URL): readonly (readonly URL[])[] {
  const found = new Map<string, readonly URL[]>();
  for (const { text, url } of scripts)
    for (const [, name = ''] of text.matchAll(/["'`]([\w./-]+\.wasm)["'`]/g))
      if (!found.has(name)) found.set(name, addressesOf(name, url, page));
  return [...found.values()];
}

/** `/x` is of the host, `./x` of the script, as ES modules mean it, and `x` of the path that the build is made for. */
function addressesOf(name: string, script: URL, page: URL): readonly URL[] {
  const inPage = new URL(name.replace(/^\.\//, ''), page);
  const inScript = new URL(name, script);
  const addresses = name.startsWith('.') ? [inScript, inPage] : [inPage, inScript];
  return addresses.filter(({ href }, index) => addresses.findIndex((other) => other.href === href) === index);
}
