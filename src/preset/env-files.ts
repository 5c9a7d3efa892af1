/** The `.env*` files of an app, in the order in which its tool looks into them: the first that has a variable wins, and the environment before them all. */
import path from 'node:path';

/** Create React App's order, and that of a webpack configuration of one's own, which has none. */
export function craEnvFiles(root: string, mode: string): readonly string[] {
  const names = [`.env.${mode}.local`, ...(mode === 'test' ? [] : ['.env.local']), `.env.${mode}`, '.env'];
  return names.map((name) => path.join(root, name));
}

/** The order of Vite, Rsbuild and Vue CLI. https://vite.dev/guide/env-and-mode#env-files */
export function viteEnvFiles(root: string, mode: string): readonly string[] {
  return [`.env.${mode}.local`, `.env.${mode}`, '.env.local', '.env'].map((name) => path.join(root, name));
}
