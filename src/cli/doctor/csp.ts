import { foreignOrigin } from '../../preset/public-url';
import { readPackageJson } from '../discover/package-json';
import type { ProjectFiles } from '../discover/project-files';
import type { Evidence } from '../discover/syntax';
import { TRUSTED_TYPES_POLICY } from '../../runtime/page/worker-start';
import type { Check, Finding } from './finding';
import { allowsOwnOrigin, relaysLeftOut } from './csp-connect';
import { findPublicUrl } from './public-url';
import { relaysOfBuild, servedListUrl } from './relays';

export interface PolicyPlace {
  /** Which policy, for a person. */
  readonly where: string;
  readonly evidence?: Evidence | undefined;
  /** The origin that the app's files come from, where it is not the page's. */
  readonly filesFrom?: string | undefined;
  /** All relays that the app may talk to. */
  readonly relays?: readonly string[];
  /** The path of the file that lists them, where there is one. */
  readonly relaysUrl?: string | undefined;
}

/** What a content security policy forbids that the engine needs, each as a finding. `policy` is the text of one policy. */
export function policyFindings(
  policy: string,
  { where, evidence, filesFrom, relays = [], relaysUrl }: PolicyPlace,
): readonly Finding[] {
  const sourcesByDirective = new Map(
    policy.split(';').flatMap((part): [string, string[]][] => {
      const [name, ...sources] = part.trim().split(/\s+/);
      return name === undefined || name === '' ? [] : [[name.toLowerCase(), sources]];
    }),
  );
  const allowed = (...directives: string[]): readonly string[] | null =>
    directives.map((name) => sourcesByDirective.get(name)).find((sources) => sources !== undefined) ?? null;
  const findings: Finding[] = [];
  const report = (code: string, what: string, why: string, how: string, severity: Finding['severity'] = 'error') =>
    findings.push({
      check: 'csp',
      code,
      severity,
      what: `${where}: ${what}`,
      why,
      how,
      ...(evidence && { evidence }),
    });

  const connect = allowed('connect-src', 'default-src');
  if (connect !== null && !connect.some((source) => source === '*' || /^wss:/i.test(source))) {
    report(
      'CSP_RELAYS',
      'the policy lets the app connect to no relay.',
      'The browser blocks every WebSocket, so nothing syncs.',
      `Add wss: to connect-src, or the addresses of your relays${connect.length === 0 ? '' : ` (now: ${connect.join(' ')})`}.`,
    );
  } else if (connect !== null) {
    const leftOut = relaysLeftOut(connect, relays);
    if (leftOut.length > 0)
      report(
        'CSP_RELAY_LEFT_OUT',
        `connect-src leaves out ${leftOut.join(', ')}.`,
        'The browser blocks these relays. Former ones, and those of a list that the site serves, are connected to as well.',
        'Add them to connect-src, or wss: for whatever the list will name.',
        'warning',
      );
  }
  if (connect !== null && relaysUrl !== undefined && !allowsOwnOrigin(connect))
    report(
      'CSP_RELAYS_URL',
      `the policy lets the app not fetch ${relaysUrl}.`,
      'Devices go on with the list of relays that they have.',
      "Add 'self' to connect-src.",
    );
  const script = allowed('script-src', 'default-src');
  if (script !== null && !script.some((source) => /^'(wasm-)?unsafe-eval'$/.test(source))) {
    report(
      'CSP_WASM',
      'the policy forbids WebAssembly.',
      'The keys are made in WASM, so the engine cannot start.',
      "Add 'wasm-unsafe-eval' to script-src.",
    );
  }
  const worker = allowed('worker-src', 'child-src', 'script-src', 'default-src');
  const allowsBlob = worker === null || worker.some((source) => /^blob:$/i.test(source));
  if (worker !== null && !allowsBlob && !worker.some((source) => /^(\*|'self'|https?:.*)$/.test(source))) {
    report(
      'CSP_WORKER',
      'the policy forbids workers.',
      'Sync runs in a worker of the same origin.',
      "Add worker-src 'self'.",
    );
  } else if (filesFrom !== undefined && !allowsBlob) {
    report(
      'CSP_BLOB_WORKER',
      `the app's files come from ${filesFrom}, and the policy lets no worker be started through a blob.`,
      'A browser takes no worker from another origin; a blob of the page that imports it is the only way.',
      "Add worker-src 'self' blob:",
    );
  }
  if (sourcesByDirective.has('require-trusted-types-for')) {
    const names = sourcesByDirective.get('trusted-types') ?? ['*'];
    const isNamed = names.some((name) => name === '*' || name === TRUSTED_TYPES_POLICY);
    const missing = [
      ...(allowsBlob ? [] : ["worker-src 'self' blob:"]),
      ...(isNamed ? [] : [`${TRUSTED_TYPES_POLICY} to trusted-types`]),
    ];
    if (missing.length > 0)
      report(
        'CSP_TRUSTED_TYPES',
        'the policy asks for Trusted Types, which the worker and its chunks are not started with.',
        'The engine starts its worker through a blob then, unless the app has set output.trustedTypes of webpack.',
        `Add ${missing.join(', and ')}.`,
        'warning',
      );
  }
  return findings;
}

/** The policies that a text sets: meta elements, header lines, and entries of hosts' configuration files. */
export function policiesIn(text: string): readonly { readonly policy: string; readonly line: number }[] {
  const found: { policy: string; line: number }[] = [];
  const lineAt = (index: number) => text.slice(0, index).split('\n').length;
  const withoutComments = text.replace(/<!--[\s\S]*?-->/g, (comment) => comment.replace(/[^\n]/g, ' '));
  for (const meta of withoutComments.matchAll(
    /<meta\b[^>]*http-equiv\s*=\s*["']?content-security-policy["']?[^>]*>/gi,
  )) {
    const content = /\bcontent\s*=\s*(?:"([^"]*)"|'([^']*)')/i.exec(meta[0]);
    if (content) found.push({ policy: content[1] ?? content[2] ?? '', line: lineAt(meta.index) });
  }
  if (found.length > 0) return found;
  for (const header of withoutComments.matchAll(
    /^(?!\s*#).*content-security-policy["']?\s*(?::|=|,?\s*"value"\s*:|\s)\s*(?:"([^"]*)"|'(.*)'|([^"\n]*))/gim,
  )) {
    // Of a header line without quotes around it, a quote at its end belongs to the policy.
    const policy = header[1] ?? header[2] ?? (header[3] ?? '').replace(/[,;\s]*$/, '');
    found.push({ policy, line: lineAt(header.index) });
  }
  for (const entry of withoutComments.matchAll(
    /"key"\s*:\s*"content-security-policy"\s*,\s*"value"\s*:\s*"([^"]*)"/gi,
  )) {
    if (!found.some(({ policy }) => policy !== '' && policy === entry[1]))
      found.push({ policy: entry[1] ?? '', line: lineAt(entry.index) });
  }
  return found.filter(({ policy }) => /-src\b/.test(policy));
}

const places =
  /^((public\/)?[^/]*\.html|(public\/)?_headers|netlify\.toml|vercel\.json|firebase\.json|staticwebapp\.config\.json|.*nginx[^/]*\.conf[^/]*|(.*\/)?\.htaccess)$/;

export const csp: Check = {
  id: 'csp',
  title: 'content security policy',
  check({ files, dir, env, url }) {
    const known = { relays: relaysOfBuild({ files, dir }), relaysUrl: servedListUrl({ files, dir }) };
    const page = pageOrigin(files, url);
    const said = findPublicUrl(files, env);
    // A whole address of the page's own host is no other origin.
    const found = said?.origin === page ? null : said;
    const policies = files
      .list('')
      .filter((file) => places.test(file))
      .flatMap((file) => {
        const text = files.read(file) ?? '';
        return policiesIn(text).map(({ policy, line }) => ({
          policy,
          place: {
            where: file,
            evidence: { file, line, text: policy.replace(/\s+/g, ' ').trim() },
            filesFrom: found?.origin,
            ...known,
          },
        }));
      });
    const findings = policies
      .flatMap(({ policy, place }) => policyFindings(policy, place))
      // The page may come from there, too, as far as the project says.
      .map((finding): Finding =>
        finding.code === 'CSP_BLOB_WORKER' && page === null ? { ...finding, severity: 'warning' } : finding,
      );
    // A host may send another policy, which is seen with --url only.
    if (found !== null && policies.length === 0)
      findings.push({
        check: 'csp',
        code: 'CSP_OTHER_ORIGIN',
        severity: page === null ? 'info' : 'warning',
        what: `The files of a build come from ${found.origin}${page === null ? '' : `, and the page from ${page}`}.`,
        why: `${page === null ? 'If the page does not, its' : 'Its'} worker is started through a blob, which a content security policy has to allow.`,
        how: `Send "worker-src 'self' blob:" with the page, and Access-Control-Allow-Origin with .wasm files from there; look at the site with --url.`,
        ...(found.evidence && { evidence: found.evidence }),
      });
    return findings;
  },
};

/** Of the deployed site, or of `homepage` where that names a host; `null` where nothing says where the page will be. */
function pageOrigin(files: ProjectFiles, url: string | undefined): string | null {
  const { homepage } = readPackageJson(files).fields;
  const address = url ?? (typeof homepage === 'string' ? homepage : '');
  return foreignOrigin(address) ?? null;
}
