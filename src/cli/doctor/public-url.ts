/** Where the files of a build will be asked for, if the project says so: PUBLIC_URL in the environment, an .env file or a script, or webpack's publicPath. */
import { foreignOrigin } from '../../preset/public-url';
import { discoverPlatform } from '../discover/platform';
import { evidenceAtLine, type Evidence } from '../discover/syntax';
import type { ProjectFiles } from '../discover/project-files';
import type { Environment } from '../process';

export interface PublicUrl {
  /** As `https://cdn.example`. */
  readonly origin: string;
  readonly evidence?: Evidence;
}

/** Of a production build; the first wins, as in CRA. */
const places: readonly { readonly file: string; readonly pattern: RegExp }[] = [
  { file: 'package.json', pattern: /\bPUBLIC_URL=\\?["']?([^\s"'\\&]+)/ },
  ...['.env.production.local', '.env.local', '.env.production', '.env'].map((file) => ({
    file,
    pattern: /^\s*(?:export\s+)?PUBLIC_URL\s*=\s*["']?([^\s"'#]+)/,
  })),
];

/** null where files are on the origin of the page, or nothing says where. */
export function findPublicUrl(files: ProjectFiles, env: Environment): PublicUrl | null {
  const given = foreignOrigin(env.PUBLIC_URL ?? '');
  if (given !== undefined) return { origin: given };
  const configs = discoverPlatform(files).configs.map(({ file }) => ({
    file,
    pattern: /\b(?:publicPath|base|assetPrefix)\s*[:=]\s*["'`]([^"'`]+)/,
  }));
  for (const { file, pattern } of [...places, ...configs]) {
    const text = files.read(file) ?? '';
    for (const [index, line] of text.split('\n').entries()) {
      const origin = foreignOrigin(pattern.exec(line)?.[1] ?? '');
      if (origin !== undefined) return { origin, evidence: evidenceAtLine(file, text, index + 1) };
    }
  }
  return null;
}
