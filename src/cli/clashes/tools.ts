/** Other tools of the app: plugins of CRACO that replace what the preset builds upon, and scripts that run past it. */
import { readPackageJson } from '../discover/package-json';
import { discoverPlatform } from '../discover/platform';
import { craRunners, runsOf } from '../discover/scripts';
import { findLine } from '../discover/syntax';
import type { Clash, ClashRequest } from './clash';

export function toolClashes(request: ClashRequest): readonly Clash[] {
  return [...pluginClashes(request), ...foreignStart(request)];
}

/** They take babel-loader out. Before the preset it finds none; behind it, it loses the one of its own rules. */
const replacingPlugin = /['"]((?:@[\w.-]+\/)?craco-(?:plugin-)?(?:esbuild|swc)[\w-]*)['"]/;

function pluginClashes({ files }: ClashRequest): readonly Clash[] {
  const { cracoConfig, furtherCracoConfigs } = discoverPlatform(files);
  return [cracoConfig, ...furtherCracoConfigs].flatMap((config): readonly Clash[] => {
    const text = config === null ? null : files.read(config.file);
    const name = replacingPlugin.exec(text ?? '')?.[1];
    if (config === null || text === null || name === undefined) return [];
    const evidence = findLine(config.file, text, replacingPlugin);
    return [
      {
        code: 'PLUGIN_CLASH',
        severity: 'error',
        what: `${config.file} uses ${name}, which replaces babel-loader.`,
        why: 'The preset compiles the worker by the rule of babel-loader. Before the preset or behind it, either way the build fails.',
        how: `Remove ${name} from ${config.file}.`,
        isRefused: true,
        ...(evidence && { evidence }),
      },
    ];
  });
}

function foreignStart({ files }: ClashRequest): readonly Clash[] {
  const { scripts, text } = readPackageJson(files);
  const runs = runsOf(scripts);
  if (!runs.some(({ runner, task }) => craRunners.includes(runner) && task === 'build')) return [];
  const foreign = runs.filter(
    ({ script, runner }) => /^(start|dev|serve)(:|$)/.test(script) && !craRunners.includes(runner),
  );
  return foreign.map(({ script, runner }) => {
    const evidence = findLine('package.json', text, new RegExp(`"${script.replace(/[^\w]/g, '\\$&')}"\\s*:`));
    return {
      code: 'SCRIPT_NOT_CRA',
      severity: 'warning',
      what: `The script "${script}" runs ${runner}, which does not know the preset.`,
      why: 'There the black box is not compiled and the worker is not found: sync works in what CRACO starts and builds only.',
      how: `Start the app with "craco start" for what syncs.`,
      ...(evidence && { evidence }),
    };
  });
}
