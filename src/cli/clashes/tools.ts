/** Other tools of the app: plugins that replace what the kit builds upon, and scripts that run past it. */
import { readPackageJson } from '../discover/package-json';
import { discoverPlatform } from '../discover/platform';
import { craRunners, runsOf, type Runner } from '../discover/scripts';
import { findLine } from '../discover/syntax';
import { homeOf } from '../homes';
import type { Clash, ClashRequest } from './clash';

export function toolClashes(request: ClashRequest): readonly Clash[] {
  return [...pluginClashes(request), ...foreignStart(request)];
}

function pluginClashes({ files }: ClashRequest): readonly Clash[] {
  const { buildTool, configs } = discoverPlatform(files);
  const replacing = homeOf(buildTool)?.replacingPlugin ?? null;
  if (replacing === null) return [];
  return configs.flatMap(({ file }): readonly Clash[] => {
    const text = files.read(file);
    const name = replacing.pattern.exec(text ?? '')?.[1];
    if (text === null || name === undefined) return [];
    const evidence = findLine(file, text, replacing.pattern);
    return [
      {
        code: 'PLUGIN_CLASH',
        severity: 'error',
        what: `${file} uses ${name}, which ${replacing.what}.`,
        why: replacing.why,
        how: `Remove ${name} from ${file}.`,
        isRefused: true,
        ...(evidence && { evidence }),
      },
    ];
  });
}

function foreignStart({ files }: ClashRequest): readonly Clash[] {
  const { scripts, text } = readPackageJson(files);
  const home = homeOf(discoverPlatform(files).buildTool);
  const runs = runsOf(scripts);
  const isOwn = (runner: Runner) => home?.runners.includes(runner) === true || craRunners.includes(runner);
  if (home === null || !runs.some(({ runner, task }) => isOwn(runner) && task === 'build')) return [];
  const foreign = runs.filter(({ script, runner }) => /^(start|dev|serve)(:|$)/.test(script) && !isOwn(runner));
  return foreign.map(({ script, runner }) => {
    const evidence = findLine('package.json', text, new RegExp(`"${script.replace(/[^\w]/g, '\\$&')}"\\s*:`));
    return {
      code: 'SCRIPT_FOREIGN',
      severity: 'warning',
      what: `The script "${script}" runs ${runner}, which does not know the preset.`,
      why: `There the black box is not compiled and the worker is not found: sync works in what ${home.title} starts and builds only.`,
      how: `Start the app with "${home.start}" for what syncs.`,
      ...(evidence && { evidence }),
    };
  });
}
