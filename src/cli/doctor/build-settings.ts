/** Settings of the build tool beside the kit that keep it from working, or give the salt away. */
import { gte, valid } from 'semver';
import { resolvePackage } from '../discover/installed-packages';
import { majorOf, readPackageJson } from '../discover/package-json';
import { discoverPlatform } from '../discover/platform';
import type { PlatformFacts } from '../discover/platform-facts';
import { findLine } from '../discover/syntax';
import { homeOf } from '../homes';
import { configValue, textOf } from '../homes/config-values';
import type { Check, CheckContext, Finding } from './finding';
import { exposedSalts } from './exposed-salt';

export const buildSettings: Check = {
  id: 'build-settings',
  title: 'settings of the build',
  check({ files }) {
    const platform = discoverPlatform(files);
    if (homeOf(platform.buildTool) === null) return [];
    const configs = [...new Set([...platform.configs, ...platform.testConfigs].map(({ file }) => file))];
    return [
      ...configs.flatMap((file) => exposedSalts(files, file)),
      ...configs.flatMap((file) => workerFormat(files, file)),
      ...configs.flatMap((file) => inlinedRxdb(files, file)),
      ...topLevelAwait(files, platform, configs),
      ...linkedKit(files),
    ];
  },
};

type Files = CheckContext['files'];

/** The worker of the template imports its black box when it needs it, and a classic script has no such imports. */
function workerFormat(files: Files, file: string): readonly Finding[] {
  const found = configValue(files, file, ['worker', 'format']);
  if (found === null || textOf(found.node) !== 'iife') return [];
  return [
    {
      check: 'build-settings',
      code: 'WORKER_FORMAT',
      severity: 'error',
      evidence: found.evidence,
      what: `${file} makes workers classic scripts (worker.format: 'iife').`,
      why: 'The worker imports its black box when it needs it, and only modules have such imports: the build fails.',
      how: "Remove the setting, or make it 'es': all browsers that the engine supports have workers that are modules.",
      instead: found.evidence.text.replace(/(['"`])iife\1/, '$1es$1'),
    },
  ];
}

/** The kit's own plugin inlines both; what names RxDB alone gives the kit another copy than the tests. */
function inlinedRxdb(files: Files, file: string): readonly Finding[] {
  const text = files.read(file) ?? '';
  if (/['"]zero-backend-sync\/vite['"]/.test(text) || /['"][./]*vite\.config(\.\w+)?['"]/.test(text)) return [];
  const found = configValue(files, file, ['test', 'server', 'deps', 'inline']);
  const entries = found?.node.type === 'ArrayExpression' ? found.node.elements : [];
  const named = entries.map((entry) =>
    entry?.type === 'RegExpLiteral' ? entry.pattern : entry === null ? '' : (textOf(entry) ?? ''),
  );
  if (found === null || !named.some((name) => /\brxdb\b/.test(name)) || named.some((name) => /zero-backend/.test(name)))
    return [];
  return [
    {
      check: 'build-settings',
      code: 'RXDB_INLINED_ALONE',
      severity: 'error',
      evidence: found.evidence,
      what: `${file} lets Vitest inline rxdb and not zero-backend-sync.`,
      why: 'RxDB is loaded twice in tests then, and objects of one copy are not known to the other.',
      how: "Take 'rxdb' out, or add 'zero-backend-sync' beside it; with the plugin of zero-backend-sync/vite neither is needed.",
      instead: found.evidence.text.replace(/(['"`])rxdb\1/, '$1rxdb$1, $1zero-backend-sync$1'),
    },
  ];
}

const plugin = 'vite-plugin-top-level-await';

function topLevelAwait(
  files: Files,
  { buildTool, toolVersion }: PlatformFacts,
  configs: readonly string[],
): readonly Finding[] {
  const packageJson = readPackageJson(files);
  const used = configs
    .map((file) => findLine(file, files.read(file) ?? '', new RegExp(`['"]${plugin}['"]`)))
    .find((found) => found !== null);
  if (packageJson.all[plugin] === undefined || used == null) return [];
  // The home knows where it is needed, and with what beside it.
  const needed = homeOf(buildTool)?.packages(toolVersion, 'vite-plugin-wasm') ?? { dev: {}, pinned: {} };
  const shared = { check: 'build-settings', severity: 'error', evidence: used } as const;
  if ((majorOf(toolVersion) ?? 0) >= 8 && needed.dev[plugin] === undefined)
    return [
      {
        ...shared,
        code: 'TOP_LEVEL_AWAIT_UNSUPPORTED',
        what: `${used.file} uses ${plugin}, which does not load on Vite ${toolVersion}.`,
        why: 'It needs a part of Rollup that Vite 8 has not (https://github.com/Menci/vite-plugin-top-level-await/issues/76), and nothing needs it there.',
        how: `Take it out of plugins and worker.plugins, and uninstall it: npm uninstall ${plugin}`,
      },
    ];
  const place = resolvePackage(files, plugin)?.place;
  return Object.entries(needed.pinned).flatMap(([name, wanted]): Finding[] => {
    const installed = resolvePackage(files, name, place)?.version ?? null;
    if (valid(installed) === null || installed === null || !gte(installed, '1.16.0')) return [];
    return [
      {
        ...shared,
        code: 'SWC_TOO_NEW',
        what: `${name} ${installed} is installed, which ${plugin} does not work with.`,
        why: 'The build fails with "missing field `type`" (https://github.com/Menci/vite-plugin-top-level-await/issues/79).',
        how: `Add "overrides": { "${name}": "${wanted}" } to package.json (yarn: "resolutions", pnpm: "pnpm.overrides"), and install again.`,
      },
    ];
  });
}

/** What a linked folder has installed for itself is found before what the app has. */
function linkedKit(files: Files): readonly Finding[] {
  const kit = resolvePackage(files, 'zero-backend-sync');
  if (kit === null || kit.place.split('/').includes('node_modules')) return [];
  const evidence = findLine('package.json', files.read('package.json') ?? '', /"zero-backend-sync"\s*:/);
  const copies = ['rxdb', 'dexie', 'react', 'vue'].filter(
    (name) => files.read(`${kit.place}/node_modules/${name}/package.json`) !== null,
  );
  return [
    {
      check: 'build-settings',
      code: 'KIT_LINKED',
      severity: copies.length > 0 ? 'warning' : 'info',
      ...(evidence && { evidence }),
      what: `zero-backend-sync is a link to ${kit.place}${copies.length > 0 ? `, which has ${copies.join(', ')} of its own` : ''}.`,
      why: 'A linked package brings the copies of its own folder: two of RxDB or of React do not know each other, unless the build takes one for both. The plugins for Vite, webpack and CRACO see to that; tests and other tools may not.',
      how: 'Install it from a tarball (npm pack in that folder, npm install FILE), as everybody else gets it.',
    },
  ];
}
