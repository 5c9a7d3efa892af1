/** What an app of a tool is to these tests, so that one journey goes through the apps of all tools. */
import type { Environment } from '../processes';

export type Framework = 'react' | 'vue';
export type Language = 'typescript' | 'javascript';
/** The path at which the app is served. */
export type BasePath = '/' | '/sub/';

export interface HomeApp {
  /** Installs the app as its owner has it before the kit, and gives its folder, which is only to be read. */
  installed(): Promise<string>;
  /** Changes a copy of it so that it is served at a path, in the way of the tool. */
  setBase(app: string, base: BasePath): void;
  /** The development server, on a port of 127.0.0.1. */
  develop(port: number): DevelopCommand;
  /** What a build makes. */
  readonly output: string;
  /** `App.tsx`, below src. */
  readonly root: string;
}

export interface DevelopCommand {
  /** Of `npm run`. */
  readonly args: readonly string[];
  readonly environment?: Environment;
}
