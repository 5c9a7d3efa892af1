/** What `.npmrc` of the app and the environment tell npm. */
import type { ProjectFiles } from '../discover/project-files';
import type { Environment } from '../process';

export function isSet(files: ProjectFiles, env: Environment, name: string): boolean {
  const variable = env[`npm_config_${name.replace(/-/g, '_')}`];
  if (variable !== undefined && variable !== '') return variable !== 'false';
  return new RegExp(`^\\s*${name}\\s*(=\\s*["']?true["']?\\s*)?$`, 'm').test(files.read('.npmrc') ?? '');
}

/** `--force` and `--legacy-peer-deps`, said for good. */
export function ignoresPeers(files: ProjectFiles, env: Environment): boolean {
  return isSet(files, env, 'legacy-peer-deps') || isSet(files, env, 'force');
}
