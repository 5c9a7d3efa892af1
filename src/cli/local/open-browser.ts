/** Shows an address in the user's browser, where there is one. */
import spawn from 'cross-spawn';
import type { Environment } from '../process';

/** @returns whether a browser could be asked; that it opens is its own affair. */
export function openBrowser(url: string, env: Environment, platform: string = process.platform): boolean {
  const command = commandFor(platform, env);
  if (command === null) return false;
  const [program, ...args] = command;
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
  child.on('error', () => {
    // The address stands on the terminal.
  });
  child.unref();
  return true;
}

/** `null` where nobody would see it: a Linux machine without a display, or `BROWSER=none`, as CRA has it. */
function commandFor(platform: string, env: Environment): readonly [string, ...string[]] | null {
  if (env.BROWSER === 'none') return null;
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['cmd', '/c', 'start', ''];
  return env.DISPLAY || env.WAYLAND_DISPLAY ? ['xdg-open'] : null;
}
