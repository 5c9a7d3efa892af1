/** What a worker needs of the settings under `output`: scripts that it finds, and a global that it has. */
import type { Compiler } from 'webpack';
import { KitError } from '../kit-error';

/** @throws KitError PUBLIC_PATH_INVALID */
export function correctOutput({ options: { output } }: Compiler): void {
  const { publicPath, globalObject } = output;
  if (typeof publicPath === 'string') output.publicPath = publicPathOf(publicPath);
  // With 'window', as settings for other tools have it, webpack's own code in a worker asks for a global that is not there, and the worker ends before it
  // has begun. `self` is the same object in a page, and there in a worker too.
  if (globalObject !== undefined && isOfPageOnly(globalObject)) output.globalObject = 'self';
}

/**
 * A public path that is relative, as with `homepage: "."` of Create React App, is relative to the page. A worker and the chunks it imports are not where the
 * page is, so there each script has to find its files from its own address.
 */
function publicPathOf(publicPath: string): string {
  const isRelative = !/^(?:\/|[a-z][a-z0-9+.-]*:)/i.test(publicPath);
  if (isRelative) return 'auto';
  // What ends with a parameter is joined with a name as it is.
  if (/[/=?&]$/.test(publicPath)) return publicPath;
  throw new KitError(
    'PUBLIC_PATH_INVALID',
    `output.publicPath is ${JSON.stringify(publicPath)}. Webpack joins it with the names of files as it is, so the worker would be asked for at ` +
      `${publicPath}worker.js. Write ${JSON.stringify(`${publicPath}/`)}.`,
  );
}

/** Names that a worker does not have. An expression that asks for them by `typeof` knows that. */
function isOfPageOnly(expression: string): boolean {
  return /\b(?:window|document|top|parent|frames)\b/.test(expression) && !/\btypeof\b/.test(expression);
}
