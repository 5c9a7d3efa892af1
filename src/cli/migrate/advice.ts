/** What of the former tool's habits concerns the kit, with the lines of this app: the origin, names of variables, the path, the folder of a build, tests. */
import type { PlatformFacts } from '../discover/platform-facts';
import type { ProjectFiles } from '../discover/project-files';
import { findLine, isSourceName, whereIs, type Evidence } from '../discover/syntax';
import { findRegistration } from '../doctor/service-worker';
import { buildOutputOf } from '../homes/build-output';
import { configValue } from '../homes/config-values';
import { habits } from '../homes/habits';
import { homes } from '../homes';
import { documentsFolder } from '../next';
import type { Move } from './move';

/** Whole sentences, those that the data depends on first. */
export function adviceFor(files: ProjectFiles, move: Move, platform: PlatformFacts): readonly string[] {
  return [
    ...originAdvice(files, move, platform),
    ...variableAdvice(files, move),
    ...pathAdvice(files, move, platform),
    ...folderAdvice(files, move),
    ...testAdvice(files, move, platform),
    ...serviceWorkerAdvice(files, move),
  ];
}

/** Databases belong to an origin: scheme, host and port. */
function originAdvice(files: ProjectFiles, { from, to }: Move, { configs }: PlatformFacts): readonly string[] {
  const [config] = configs;
  const value = (key: string) => (config === undefined ? null : configValue(files, config.file, ['server', key]));
  const named = value('port')?.node;
  const port = named === undefined ? habits[to].port : named.type === 'NumericLiteral' ? named.value : null;
  const strict = value('strictPort')?.node;
  const isStrict = strict?.type === 'BooleanLiteral' && strict.value;
  const former = setting(files, from, 'PORT')?.value ?? String(habits[from].port);
  const place = config === undefined ? `the configuration of ${homes[to].title}` : config.file;
  const line = `server: { port: ${former}, strictPort: true }`;
  const notes: string[] = [];
  if (port !== null && String(port) !== former)
    notes.push(
      `In development the app was at http://localhost:${former}, and ${homes[to].title} serves it at http://localhost:${port}: another origin, whose databases are empty, and where every device of yours begins as a new one. To stay where the data is, add to ${place}: ${line}`,
    );
  else if (!isStrict)
    notes.push(
      `Without "strictPort" ${homes[to].title} takes another port where ${former} is taken: another origin, with empty databases. To be told instead, have in ${place}: ${line}`,
    );
  const https = setting(files, from, 'HTTPS');
  if (https?.value === 'true')
    notes.push(
      `In development the app was at https (HTTPS=true, ${whereIs(https.evidence)}); the same port at http is another origin. Keep https there (server.https, with a certificate).`,
    );
  notes.push(
    `In production nothing changes as long as the site's origin stays: the path it is served at ("base", "homepage") does not matter to the databases. "localhost" and "127.0.0.1" are two origins, and a preview has a port of its own.`,
  );
  return notes;
}

interface Setting {
  readonly value: string;
  readonly evidence: Evidence;
}

/** A variable of the former tool, in its `.env` files of development or in a script. */
function setting(files: ProjectFiles, from: Move['from'], name: string): Setting | null {
  const pattern = new RegExp(`(?:^|["'\\s])(?:export\\s+)?${name}\\s*=\\s*["']?(\\w+)`);
  for (const file of [...homes[from].envFiles('', 'development'), 'package.json']) {
    const evidence = findLine(file, files.read(file) ?? '', pattern);
    const value = pattern.exec(evidence?.text ?? '')?.[1];
    if (evidence !== null && value !== undefined && /^(\d+|true|false)$/.test(value)) return { value, evidence };
  }
  return null;
}

function variableAdvice(files: ProjectFiles, { from, to }: Move): readonly string[] {
  const prefix = homes[from].publicPrefix;
  const nextPrefix = homes[to].publicPrefix ?? '';
  if (prefix === null || prefix === nextPrefix) return [];
  const pattern = new RegExp(`process\\.env(?:\\.|\\[['"])${prefix}\\w*`);
  const uses = files
    .list('src')
    .filter(isSourceName)
    .flatMap((file) => findLine(file, files.read(file) ?? '', pattern) ?? []);
  if (uses.length === 0) return [];
  const [name = prefix] = new RegExp(`${prefix}\\w*`).exec(uses[0]?.text ?? '') ?? [];
  const next = `${nextPrefix}${name.slice(prefix.length)}`;
  return [
    `${listed(uses)} ${uses.length === 1 ? 'reads' : 'read'} variables that begin with ${prefix}: ${homes[to].title} does not give them to the app, and where an identity, an appId or relays are made of one, other data is opened. Rename them (${name} -> ${next}, read as ${habits[to].variable(next)}). SYNC_SALT keeps its name, without a prefix: with one it would be in the bundle.`,
  ];
}

function pathAdvice(files: ProjectFiles, { to }: Move, { homepage, configs }: PlatformFacts): readonly string[] {
  const page = ['index.html', 'public/index.html']
    .map((file) => findLine(file, files.read(file) ?? '', /%PUBLIC_URL%/))
    .find((found) => found !== null);
  const isNamed = configs.some(({ file }) =>
    habits[to].baseKeys.some((keys) => configValue(files, file, keys) !== null),
  );
  const key = habits[to].baseKeys[0]?.join('.') ?? 'base';
  return [
    ...(page == null
      ? []
      : [`${whereIs(page)} has %PUBLIC_URL%, which ${homes[to].title} does not replace: write "/" in its place.`]),
    ...(isNamed || homepage === null || homepage === '.' || homepage === '/'
      ? []
      : [
          `"homepage" (${homepage}) of package.json is not read any more: "${key}" of the configuration says the path that worker and WASM are loaded from.`,
        ]),
  ];
}

const hostingFiles =
  /^((public\/)?_headers|(public\/)?_redirects|netlify\.toml|vercel\.json|firebase\.json|staticwebapp\.config\.json|.*nginx[^/]*\.conf[^/]*|(.*\/)?\.htaccess|Dockerfile[^/]*|\.gitlab-ci\.yml|package\.json)$/;

/** Another folder goes to the host, and its rules for `.wasm`, caches and missing files name other paths. */
function folderAdvice(files: ProjectFiles, { from, to }: Move): readonly string[] {
  const { folder } = buildOutputOf(files);
  const [was, is] = [habits[from], habits[to]];
  const former = homes[from].output;
  if (folder === former && was.assets === is.assets) return [];
  const pattern = new RegExp(`(^|["'=\\s/])${former}/?(["';\\s]|$)${was.assets === is.assets ? '' : `|${was.assets}`}`);
  const places = files
    .list('')
    .filter((file) => hostingFiles.test(file))
    .flatMap((file) => lineWith(file, files.read(file) ?? '', pattern) ?? []);
  const assets =
    was.assets === is.assets ? '' : `, and names with a hash begin with ${is.assets}, not with ${was.assets}`;
  return [
    `A build goes to ${folder}/, not to ${former}/${assets}.${places.length === 0 ? '' : ` ${listed(places)} ${places.length === 1 ? 'names' : 'name'} the former.`} The host's rules have to follow: .wasm as application/wasm, caches, and 404 for what is missing (${documentsFolder}/hosting.md).`,
  ];
}

/** Not a line that only runs the script `build`, or names a stage. */
function lineWith(file: string, text: string, pattern: RegExp): Evidence | null {
  const isOther = /\b(run|yarn|pnpm|npm|as|from=)\s*["']?build\b|"build"\s*:/i;
  const lines = text.split(/\r?\n/).map((line) => (isOther.test(line) ? '' : line));
  return findLine(file, lines.join('\n'), pattern);
}

function testAdvice(files: ProjectFiles, { from, to, isFormerGone }: Move, { jest }: PlatformFacts): readonly string[] {
  const vitest = files.list('').find((file) => /^vitest\.(config|workspace)\.[cm]?[jt]s$/.test(file));
  const [settings] = jest;
  const setup = files.list('src').find((file) => /^src\/setupTests\.[jt]sx?$/.test(file));
  const test = findLine('package.json', files.read('package.json') ?? '', /"test(:[\w-]+)?"\s*:/);
  if (to === 'vite' && test !== null && /\bvitest\b/.test(test.text))
    return [
      `Vitest takes the plugin from ${vitest ?? 'the configuration of Vite'}: worker, WASM, RxDB and IndexedDB in memory need nothing else. Take "server.deps.inline: ['rxdb']" out, if it is there: alone it loads RxDB twice.`,
    ];
  const found = settings ?? (setup === undefined ? null : findLine(setup, files.read(setup) ?? '', /\S/));
  if (found === null && test === null) return [];
  const where = found === null ? '' : ` (${whereIs(found)})`;
  return [
    isFormerGone
      ? `Jest of ${homes[from].title} is gone${where}, and with it what the kit set up for tests. ${to === 'vite' ? `Vitest gets the same from the plugin: ${documentsFolder}/vite.md` : `Jest on its own takes it from jestConfig of zero-backend-sync/webpack: ${documentsFolder}/webpack.md`}.`
      : `Tests still run through ${homes[from].title}${where}, with the kit's set-up for Jest. When they move: ${documentsFolder}/${to === 'vite' ? 'vite' : 'webpack'}.md.`,
  ];
}

function serviceWorkerAdvice(files: ProjectFiles, { from }: Move): readonly string[] {
  const found = habits[from].makesServiceWorker ? findRegistration(files) : null;
  if (found === null) return [];
  return [
    `${whereIs(found)}: browsers that have the service worker of the former build go on showing that build from its cache. Serve one at the same address that takes itself out; "npx zero-backend-sync doctor" shows its lines.`,
  ];
}

function listed(found: readonly Evidence[]): string {
  const [first, second, ...others] = found.map(whereIs);
  if (second === undefined) return first ?? '';
  return others.length === 0 ? `${first} and ${second}` : `${first}, ${second} and ${others.length} more`;
}
