/** The template's config.json: what of it users' keys and addresses are made from. It never changes, and another value would lock users out. */
import { isObject } from './discover/package-json';
import type { ProjectFiles } from './discover/project-files';
import { parseJson, setJson, type Json } from './edit/json';

/** `notBefore` is the day before which the app has no data. */
const permanentKeys = ['appId', 'kind', 'salts', 'iterations', 'notBefore'] as const;

export type PermanentConfig = Readonly<Partial<Record<(typeof permanentKeys)[number], Json>>>;

/** The permanent part of the text of a config.json. */
export function permanentConfigIn(text: string): PermanentConfig {
  const config = parseJson('config.json', text);
  if (!isObject(config)) return {};
  return Object.fromEntries(permanentKeys.flatMap((key) => (config[key] === undefined ? [] : [[key, config[key]]])));
}

/** The text of a config.json with the permanent part of another one. */
export function withPermanentConfig(text: string, permanent: PermanentConfig): string {
  return permanentKeys.reduce((json, key) => {
    const value = permanent[key];
    return value === undefined ? json : setJson('config.json', json, [key], value);
  }, text);
}

/** The fingerprint of the salt that a configuration expects; `null` where none has been made yet. */
export function fingerprintIn(config: Json | PermanentConfig): string | null {
  const [first] = isObject(config) && Array.isArray(config.salts) ? config.salts : [];
  if (!isObject(first) || typeof first.fingerprint !== 'string') return null;
  return /^[0-9a-f]{16}$/.test(first.fingerprint) ? first.fingerprint : null;
}

/** A config.json of the kit anywhere in the app's sources, with a fingerprint; an app may have lost the record of its installation. */
export function findAppConfig(files: ProjectFiles): { readonly path: string; readonly fingerprint: string } | null {
  for (const path of files.list('src').filter((file) => file.endsWith('/config.json'))) {
    const config = parsedOrNull(path, files.read(path) ?? '');
    const fingerprint = config === null ? null : fingerprintIn(config);
    if (fingerprint !== null && isObject(config) && typeof config.appId === 'string') return { path, fingerprint };
  }
  return null;
}

/** What is in an app's own config.json is no concern of the kit. */
function parsedOrNull(path: string, text: string): Json | null {
  try {
    return parseJson(path, text);
  } catch {
    return null;
  }
}
