/** The files of the template in an app, which are TypeScript or JavaScript as the app is. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { AppContext } from './app';

const extensions = ['ts', 'tsx', 'js', 'jsx'] as const;

/**
 * @param name Below the template's folder, without an extension, such as `worker/index`.
 * @returns an absolute path; undefined where there is none
 */
export function findTemplateFile(app: AppContext, name: string): string | undefined {
  return extensions.map((extension) => `${pathOf(app, name)}.${extension}`).find((file) => existsSync(file));
}

/** The ending of the template's modules, without a dot; none where there is no template. */
export function templateExtension(app: AppContext): readonly string[] {
  const file = findTemplateFile(app, 'engine');
  return file === undefined ? [] : [path.extname(file).slice(1)];
}

/** Whether a path, absolute, is that file of the template, in whichever language. */
export function isTemplateFile(app: AppContext, name: string, file: string): boolean {
  return extensions.some((extension) => file === `${pathOf(app, name)}.${extension}`);
}

function pathOf({ appPath, options }: AppContext, name: string): string {
  return path.join(appPath, options.lib, name);
}
