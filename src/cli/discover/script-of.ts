import { homeOf } from '../homes';
import { scriptCommand } from '../package-manager';
import type { PlatformFacts } from './platform-facts';

/** How the app is built, as its own script does it: `npm run build`, `yarn build:app`. */
export function buildCommand({ scripts, buildTool, packageManager }: PlatformFacts): string {
  const home = homeOf(buildTool);
  const builds = scripts.filter(({ runs }) =>
    runs.some(({ runner, task }) => task === 'build' && home?.runners.includes(runner) === true),
  );
  const script = builds.find(({ name }) => name === 'build') ?? builds[0];
  return scriptCommand(packageManager, script?.name ?? 'build');
}
