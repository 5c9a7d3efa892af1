/** Which platforms `init` can serve, and what it says to the others. */
import { homeOf, isServed } from '../homes';
import type { Refusal, VersionRule } from '../homes/home';
import { refusedTools } from '../homes/refused';
import { majorOf } from './package-json';
import type { PlatformFacts } from './platform-facts';

export type Support = { readonly supported: true } | ({ readonly supported: false } & Refusal);

/** Whether `init` can serve this platform; where it cannot, what is missing and what to do instead, in whole sentences. */
export function supportOf(facts: PlatformFacts): Support {
  const { monorepo, packageManager, buildTool, framework, versions } = facts;
  const no = (code: string, reason: string): Support => ({ supported: false, code, reason });

  if (monorepo.isRoot && (!isServed(buildTool) || (monorepo.apps.length > 0 && !monorepo.isApp))) {
    const where =
      monorepo.apps.length === 0
        ? 'No app with a build tool that is supported was found below it.'
        : `Run it in the app itself: ${monorepo.apps.map((app) => `cd ${app}`).join(', or ')}.`;
    return no('MONOREPO_ROOT', `This folder is the root of a monorepo, not an app. ${where}`);
  }
  if (!isServed(buildTool)) return no('PLATFORM_UNSUPPORTED', refusedTools[buildTool]);
  for (const rule of homeOf(buildTool).versions) {
    const reason = versionRefusal(rule, versions[rule.name] ?? null);
    if (reason !== null) return no(rule.code, reason);
  }
  if (framework !== 'react' && framework !== 'vue')
    return no('PLATFORM_UNSUPPORTED', 'The app depends on neither react nor vue, one of which the template needs.');
  if (framework === 'vue' && (majorOf(versions.vue) ?? 3) < 3) {
    return no(
      'VUE_UNSUPPORTED',
      `Vue ${versions.vue} is not supported: the composables of the template are made for Vue 3. Move the app to Vue 3 first.`,
    );
  }
  if (packageManager.plugAndPlay !== null) {
    return no(
      'PLUG_AND_PLAY',
      `The app uses ${packageManager.name} with Plug'n'Play (${packageManager.plugAndPlay.file}:${packageManager.plugAndPlay.line}). The build and the worker's dependencies need a node_modules folder: set "nodeLinker: node-modules" in .yarnrc.yml (pnpm: node-linker=hoisted), install, and run this again.`,
    );
  }
  return { supported: true };
}

/** A range that names no version (`latest`, `catalog:`) is taken for one that is supported, until the package is installed. */
function versionRefusal({ name, first, last, why }: VersionRule, version: string | null): string | null {
  const major = majorOf(version);
  if (major === null || (major >= first && (last === null || major <= last))) return null;
  const range = last === first ? `${first}` : `${first} or later`;
  return `${name} ${version} is not supported. ${why} Move to ${name} ${range} first ("npm install ${name}@${last ?? first}"), and run this again.`;
}
