/** Where the files of a build are asked for, by PUBLIC_URL or `output.publicPath`. */

/** The origin that an address names, as `https://cdn.example`; undefined for a path, which is on the page's own. `//cdn.example` is taken as https. */
export function foreignOrigin(publicUrl: string): string | undefined {
  if (!/^(?:https?:)?\/\//i.test(publicUrl)) return undefined;
  const url = publicUrl.startsWith('//') ? `https:${publicUrl}` : publicUrl;
  return URL.canParse(url) ? new URL(url).origin : undefined;
}

/** What a build says whose files come from an origin of their own; undefined where they come from the page's, or webpack's setting is a function. */
export function remarkOnOrigin(publicPath: unknown): string | undefined {
  const origin = typeof publicPath === 'string' ? foreignOrigin(publicPath) : undefined;
  if (origin === undefined) return undefined;
  return (
    `The files of this build come from ${origin}. Unless the page does, too, its worker is started through a blob: a content security policy of the ` +
    `page needs "worker-src 'self' blob:", and ${origin} in script-src and connect-src; ${origin} has to send Access-Control-Allow-Origin with ` +
    '.wasm files. See "Files on another origin" in docs/hosting.md of the package.'
  );
}
