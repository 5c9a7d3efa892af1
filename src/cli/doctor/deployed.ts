/** Looks at a deployed site as a browser would: page, policy, scripts with their MIME types, worker and WASM. */
import { readServedList } from '../../runtime/core/config/served-list';
import { policiesIn, policyFindings, type PolicyPlace } from './csp';
import { chunksNamedBy, modulesNamedBy, type LoadedScript } from './deployed-files';
import type { Finding } from './finding';

interface Answer {
  /** 0 where nothing answers. */
  readonly status: number;
  readonly type: string;
  readonly policy: string | null;
  readonly sharedWith: string | null;
  readonly url: URL;
  readonly text: string;
}

/** @param configured what config.json says: the relays that a policy has to let through, and the list that the site serves. */
export async function checkDeployed(
  address: string,
  fetchPage: typeof fetch,
  configured: Pick<PolicyPlace, 'relays' | 'relaysUrl'> = {},
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const report = (code: string, severity: Finding['severity'], what: string, why: string, how: string) =>
    findings.push({ check: 'deployed', code, severity, what, why, how });
  const get = async (url: URL): Promise<Answer> => {
    try {
      const response = await fetchPage(url, { redirect: 'follow', signal: AbortSignal.timeout(15_000) });
      return {
        status: response.status,
        type: (response.headers.get('content-type') ?? '').toLowerCase(),
        policy: response.headers.get('content-security-policy'),
        sharedWith: response.headers.get('access-control-allow-origin'),
        url: new URL(response.url || url),
        text: await response.text(),
      };
    } catch (error) {
      return {
        status: 0,
        type: '',
        policy: null,
        sharedWith: null,
        url,
        text: String((error as Error).cause ?? error),
      };
    }
  };

  const findServedList = async (url: URL): Promise<readonly string[]> => {
    const { status, text } = await get(url);
    try {
      if (status !== 200) throw new Error(`It gives ${status === 0 ? `no answer (${text})` : status}.`);
      return readServedList(JSON.parse(text), url.pathname);
    } catch (error) {
      report(
        'RELAYS_FILE_INVALID',
        'error',
        `${url.href} is no list of relays, and "relaysUrl" of config.json names it. ${(error as Error).message}`,
        'Devices do not take it, and go on with the last list that was right.',
        'Deploy the file: { "relays": [...] }.',
      );
      return [];
    }
  };

  if (!URL.canParse(address)) {
    report(
      'ADDRESS_INVALID',
      'error',
      `${address} is no address.`,
      'There is nothing to look at.',
      'Give the whole address: --url https://app.example.org',
    );
    return findings;
  }
  const page = await get(new URL(address));
  if (page.status !== 200 || !page.type.startsWith('text/html')) {
    report(
      'PAGE_MISSING',
      'error',
      `${address} gives ${page.status === 0 ? `no answer (${page.text})` : `${page.status} ${page.type}`}, not a page.`,
      'There is nothing to look at.',
      'Correct the address, or the server.',
    );
    return findings;
  }
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(page.url.hostname);
  if (page.url.protocol !== 'https:' && !isLoopback)
    report(
      'NOT_HTTPS',
      'error',
      `${page.url.origin} is not served over https.`,
      'Browsers give crypto.subtle to secure pages only, so the engine does not start.',
      'Serve it over https.',
    );
  const scripts = scriptsOf(page);
  const filesFrom = scripts.map(({ origin }) => origin).find((origin) => origin !== page.url.origin);
  const { relays = [], relaysUrl } = configured;
  const served = relaysUrl === undefined ? [] : await findServedList(new URL(relaysUrl, page.url));
  const place = { filesFrom, relaysUrl, relays: [...new Set([...relays, ...served])] };
  if (page.policy !== null)
    findings.push(...policyFindings(page.policy, { ...place, where: `the header of ${page.url.pathname}` }));
  for (const { policy } of policiesIn(page.text))
    findings.push(...policyFindings(policy, { ...place, where: `the meta element of ${page.url.pathname}` }));

  if (scripts.length === 0)
    report(
      'SCRIPTS_MISSING',
      'error',
      `${address} loads no script of its own.`,
      'A built app does; perhaps this is another page.',
      'Give the address of the app.',
    );
  const manifest = await get(new URL('asset-manifest.json', page.url));
  const listed = manifest.type.includes('json') ? filesOf(manifest.text) : [];
  const bundles = [
    ...new Set(
      [...scripts, ...listed.filter((file) => file.endsWith('.js')).map((file) => new URL(file, page.url))].map(String),
    ),
  ];
  const loaded: LoadedScript[] = [];
  for (const url of bundles) {
    const script = await get(new URL(url));
    loaded.push({ url: script.url, text: script.text });
    if (script.status !== 200)
      report(
        'SCRIPT_MISSING',
        'error',
        `${url} gives ${script.status}.`,
        'The app, or its worker, does not load.',
        'Deploy every file of the build; after a deploy keep the former ones for a while.',
      );
    else if (!/javascript|ecmascript/.test(script.type))
      report(
        'SCRIPT_MIME',
        'error',
        `${url} is served as ${script.type || 'nothing'}.`,
        'Browsers refuse to run a worker that is not JavaScript.',
        'Serve .js as text/javascript; a missing file must be a 404 and not the page.',
      );
    // What is started through a blob runs under the page's policy.
    if (script.policy !== null && filesFrom === undefined)
      findings.push(...policyFindings(script.policy, { where: `the header of ${new URL(url).pathname}` }));
  }
  loaded.push(...(await loadedLater(loaded, page.url, get)));
  if (bundles.length > 0 && !loaded.some(({ text }) => text.includes('30078')))
    report(
      'ENGINE_MISSING',
      'warning',
      `No script of ${address} holds the engine.`,
      'It may be an older build, or the app does not open the engine yet.',
      'Build and deploy again.',
    );

  const ofList = listed.filter((name) => name.endsWith('.wasm')).map((name) => [new URL(name, page.url)]);
  const seen = new Set<string>();
  for (const addresses of [...modulesNamedBy(loaded, page.url), ...ofList]) {
    const { url, module } = await firstFound(addresses, get);
    if (seen.has(url.href)) continue;
    seen.add(url.href);
    if (module.status !== 200)
      report(
        'WASM_MISSING',
        'error',
        `${url} gives ${module.status}.`,
        'The keys are made in this module.',
        'Deploy it.',
      );
    else if (!module.type.startsWith('application/wasm'))
      report(
        'WASM_MIME',
        'error',
        `${url} is served as ${module.type || 'nothing'}.`,
        'It cannot be compiled while it loads, and a page in its place cannot be compiled at all.',
        "Serve .wasm as application/wasm; the kit's docs/hosting.md shows how.",
      );
    else if (module.url.origin !== page.url.origin && !['*', page.url.origin].includes(module.sharedWith ?? ''))
      report(
        'WASM_NOT_SHARED',
        'error',
        `${url} is not shared with ${page.url.origin}.`,
        'The keys are made in this module, and the browser keeps it from a page of another origin.',
        `Send Access-Control-Allow-Origin: ${page.url.origin} with it.`,
      );
  }
  return findings;
}

type Get = (url: URL) => Promise<Answer>;

/** Chunks that no list of files names: Vite and Rsbuild make none. What is not there may be a name of something else. */
async function loadedLater(scripts: readonly LoadedScript[], page: URL, get: Get): Promise<readonly LoadedScript[]> {
  const seen = new Set(scripts.map(({ url }) => url.href));
  const found: LoadedScript[] = [];
  for (let round: readonly LoadedScript[] = scripts; round.length > 0 && seen.size < mostScripts;) {
    const next: LoadedScript[] = [];
    for (const url of round.flatMap((script) => chunksNamedBy(script, page))) {
      if (seen.has(url.href) || seen.size >= mostScripts || url.origin !== page.origin) continue;
      seen.add(url.href);
      const { status, type, text } = await get(url);
      if (status === 200 && /javascript|ecmascript/.test(type)) next.push({ url, text });
    }
    found.push(...next);
    round = next;
  }
  return found;
}

/** An app with more chunks has the engine in one of the first. */
const mostScripts = 100;

/** The address at which something is, otherwise the likeliest. */
async function firstFound(
  addresses: readonly URL[],
  get: Get,
): Promise<{ readonly url: URL; readonly module: Answer }> {
  let first: { readonly url: URL; readonly module: Answer } | null = null;
  for (const url of addresses) {
    const module = await get(url);
    if (module.status === 200 && !module.type.startsWith('text/html')) return { url, module };
    first ??= { url, module };
  }
  if (first === null) throw new Error('a module has at least one address');
  return first;
}

/** The app's own: those of the page's origin or, where it has none there, those that another one serves as build tools name them. */
function scriptsOf({ text, url }: { readonly text: string; readonly url: URL }): readonly URL[] {
  const all = [...text.matchAll(/<script\b[^>]*\bsrc\s*=\s*["']?([^"'\s>]+)/gi)].flatMap(([, src = '']) =>
    URL.canParse(src, url) ? [new URL(src, url)] : [],
  );
  const own = all.filter(({ origin }) => origin === url.origin);
  return own.length > 0 ? own : all.filter(({ pathname }) => /\/(static\/js|assets)\//.test(pathname));
}

/** The files of Create React App's asset-manifest.json. */
function filesOf(text: string): readonly string[] {
  try {
    const { files } = JSON.parse(text) as { readonly files?: Readonly<Record<string, string>> };
    return Object.values(files ?? {}).filter((file) => !file.endsWith('.map'));
  } catch {
    return [];
  }
}
