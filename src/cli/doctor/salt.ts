import { parseEnv } from 'node:util';
import { discoverPlatform } from '../discover/platform';
import { findLine } from '../discover/syntax';
import { withLine } from '../edit/lines';
import { isIgnored, isTracked } from '../git';
import { expectedFingerprint, findSalts, saltVariable } from '../salt';
import { homeOf, homes } from '../homes';
import type { Check, CheckContext, Finding } from './finding';

/** The salt is there, is the right one, and is in no commit and no bundle. */
export const salt: Check = {
  id: 'salt',
  title: 'salt',
  async check(context) {
    const { files, dir, env } = context;
    const findings: Finding[] = [];
    const report = (code: string, what: string, why: string, how: string, command?: string) =>
      findings.push({
        check: 'salt',
        code,
        severity: 'error',
        what,
        why,
        how,
        ...(command !== undefined && { command }),
      });
    const importSalt = 'npx zero-backend-sync salt import';
    const keys = "Every user's keys are made with it: with another one, or none, nobody reads what they have synced.";
    const expected = expectedFingerprint(files, dir);
    const salts = findSalts(files, env);

    if (expected === null)
      report(
        'FINGERPRINT_MISSING',
        `${dir}/config.json names no fingerprint.`,
        'A build with a wrong salt would not be noticed.',
        'Run "npx zero-backend-sync init".',
        'npx zero-backend-sync init',
      );
    if (salts.length === 0)
      report(
        'SALT_MISSING',
        'This computer does not have the salt.',
        keys,
        `Get it from a teammate or your backup: npx zero-backend-sync salt import${expected === null ? '' : ` (fingerprint ${expected})`}`,
        importSalt,
      );
    for (const { origin, fingerprint } of salts) {
      if (fingerprint === null)
        report(
          'SALT_MALFORMED',
          `The salt in ${origin} is not the base64 of 32 bytes.`,
          keys,
          'Restore it from your backup.',
          importSalt,
        );
      else if (expected !== null && fingerprint !== expected)
        report(
          'SALT_DIFFERENT',
          `The salt in ${origin} has the fingerprint ${fingerprint}, config.json expects ${expected}.`,
          keys,
          'Restore the right one: npx zero-backend-sync salt import',
          importSalt,
        );
    }
    for (const { file } of salts) if (file !== null) findings.push(...(await exposure(context, file)));
    findings.push(...publicVariables(context));
    return findings;
  },
};

async function exposure({ run, root, files }: CheckContext, file: string): Promise<readonly Finding[]> {
  const why = 'Whoever reads the repository can then try identities against what is on the relays.';
  if (await isTracked(run, root, file)) {
    return [
      {
        check: 'salt',
        code: 'SALT_IN_GIT',
        severity: 'error',
        command: `git rm --cached ${file}`,
        what: `${file} holds the salt and is in git.`,
        why,
        how: `git rm --cached ${file}, move the line to .env.local, and take the salt for known from then on.`,
      },
    ];
  }
  const gitignore = files.read('.gitignore');
  if (files.read('.git/HEAD') === null || (await isIgnored(run, root, file))) return [];
  return [
    {
      check: 'salt',
      code: 'SALT_NOT_IGNORED',
      severity: 'error',
      what: `${file} holds the salt, and git does not ignore it.`,
      why,
      how: `Add ${file} to .gitignore.`,
      fix: [{ path: '.gitignore', before: gitignore, after: withLine(gitignore, file) }],
    },
  ];
}

/** Every variable with the tool's prefix gets into the bundle; those of other tools do once `envPrefix` names them, or the app moves. */
function publicVariables({ files, env }: CheckContext): readonly Finding[] {
  const home = homeOf(discoverPlatform(files).buildTool);
  const own = home?.publicPrefix ?? null;
  const salts = findSalts(files, env).flatMap(({ file }) =>
    file === null ? [] : [parseEnv(files.read(file) ?? '')[saltVariable]?.trim()],
  );
  const places = [
    ...files
      .list('')
      .filter((file) => /^\.env(\.|$)/.test(file))
      .map((file) => ({ place: file, variables: parseEnv(files.read(file) ?? '') })),
    { place: 'the environment', variables: env },
  ];
  return places.flatMap(({ place, variables }) =>
    Object.entries(variables).flatMap(([name, value = '']): Finding[] => {
      const prefix = publicPrefixes.find((candidate) => name.startsWith(candidate));
      const isSalt = /SALT$/.test(name) || name.includes(saltVariable) || salts.includes(value.trim());
      if (prefix === undefined || !isSalt) return [];
      const evidence =
        place === 'the environment'
          ? null
          : findLine(place, files.read(place) ?? '', new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=`));
      return [
        {
          check: 'salt',
          code: 'SALT_PUBLIC',
          severity: prefix === own ? 'error' : 'warning',
          // Never with its value.
          ...(evidence && { evidence: { ...evidence, text: `${name}=...` } }),
          what: `A salt stands in ${place} under a name that begins with ${prefix}.`,
          why:
            prefix === own
              ? `${home?.title} writes such variables into the bundle, for everybody to read.`
              : 'Build tools write such variables into the bundle, for everybody to read; this one does as soon as its settings name the prefix.',
          how: `Call it ${saltVariable}.`,
        },
      ];
    }),
  );
}

const publicPrefixes = [
  ...new Set(Object.values(homes).flatMap(({ publicPrefix }) => (publicPrefix === null ? [] : [publicPrefix]))),
];
