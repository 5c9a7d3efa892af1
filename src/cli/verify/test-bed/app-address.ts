/**
 * Where a build wants to be served, and where its page is opened. The built page says the first: `PUBLIC_URL`, `homepage`, `base` and `publicPath` are in the addresses of its
 * scripts. A router with a basename shows nothing elsewhere; it stands in the scripts.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { scriptsBelow } from './build-files';

export interface AppAddress {
  /** The path at which the page is opened, with slashes at both ends. */
  readonly page: string;
  /** Where the built files are asked for: paths with slashes at both ends, and the same with another origin in front (`https://cdn.example/app/`). */
  readonly assets: readonly string[];
}

export interface AppAddressRequest {
  /** The folder of the built app; it has an index.html. */
  readonly build: string;
  /** The page's path, where the user names it. */
  readonly base?: string | undefined;
  /** What the app's settings name as its path, where the build itself names none: `homepage`, `base`. */
  readonly configured?: string | null;
}

export function findAppAddress({ build, base, configured }: AppAddressRequest): AppAddress {
  const html = fs.readFileSync(path.join(build, 'index.html'), 'utf8');
  const assets = [...new Set(scriptAddresses(html).flatMap((address) => prefixOf(build, address) ?? []))];
  const own = assets.find((prefix) => prefix.startsWith('/'));
  const page = base === undefined ? (basenameOf(build) ?? own ?? pathOf(configured)) : pathOf(base);
  return { page, assets };
}

/** The path of an address or of a path, with slashes at both ends; `/` where there is none. */
export function pathOf(given: unknown): string {
  const text = typeof given === 'string' ? given : '/';
  const pathname = URL.canParse(text) ? new URL(text).pathname : text.replace(/^\.+(?=\/|$)/, '');
  return `/${pathname.replace(/^\/+|\/+$/g, '')}/`.replace(/\/+/g, '/');
}

/** Absolute ones only: what is relative is found wherever the page is. */
function scriptAddresses(html: string): readonly string[] {
  const base = attributeIn(html, /<base\b[^>]*>/gi, 'href')[0] ?? '';
  const scripts = attributeIn(html, /<script\b[^>]*>/gi, 'src');
  const links = attributeIn(html, /<link\b[^>]*>/gi, 'href');
  return (scripts.length > 0 ? scripts : links)
    .map((address) => (isRelative(address) ? base + address.replace(/^(\.\/)+/, '') : address))
    .filter((address) => !isRelative(address));
}

function attributeIn(html: string, tags: RegExp, name: string): readonly string[] {
  const value = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i');
  return [...html.replace(/<!--.*?-->/gs, '').matchAll(tags)].flatMap(([tag]) => {
    const [, double, single, bare] = value.exec(tag) ?? [];
    return double ?? single ?? bare ?? [];
  });
}

function isRelative(address: string): boolean {
  return !/^([a-z][a-z\d+.-]*:|\/)/i.test(address);
}

/** What stands in front of the name that the file has in the build; `null` for files that are not of the build. */
function prefixOf(build: string, address: string): string | null {
  if (!URL.canParse(address, 'http://localhost')) return null;
  const url = new URL(address, 'http://localhost');
  if (!/^https?:$/.test(url.protocol)) return null;
  const names = url.pathname.split('/').slice(1);
  for (const start of names.keys()) {
    const file = path.join(build, ...names.slice(start));
    if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) continue;
    const folder = pathOf(names.slice(0, start).join('/'));
    return /^(https?:)?\/\//i.test(address) ? url.origin + folder : folder;
  }
  return null;
}

/** `/app/` for `<BrowserRouter basename="/app">`; `null` where there is none, or more than one. */
function basenameOf(build: string): string | null {
  const found = new Set<string>();
  for (const script of scriptsBelow(build)) {
    for (const [, , basename = ''] of script.matchAll(/\bbasename:\s*(["'`])(\/[\w./~-]{1,200})\1/g))
      found.add(pathOf(basename));
  }
  found.delete('/');
  const [only] = found;
  return found.size === 1 && only !== undefined ? only : null;
}
