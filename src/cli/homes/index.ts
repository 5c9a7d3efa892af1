import { createReactApp } from './create-react-app';
import { ejectedReactApp } from './ejected';
import type { BuildTool, Home, RefusedTool, ServedTool } from './home';
import { reactAppRewired } from './react-app-rewired';
import { rsbuild } from './rsbuild';
import { vite } from './vite';
import { vueCli } from './vue-cli';
import { webpack } from './webpack';

export const homes: Readonly<Record<ServedTool, Home>> = {
  cra: createReactApp,
  'cra-craco': createReactApp,
  'cra-rewired': reactAppRewired,
  'cra-ejected': ejectedReactApp,
  vite,
  webpack,
  rsbuild,
  'vue-cli': vueCli,
};

export function isServed(tool: BuildTool): tool is ServedTool {
  return Object.hasOwn(homes, tool);
}

/** `null` for a tool that the kit does not serve. */
export function homeOf(tool: ServedTool): Home;
export function homeOf(tool: BuildTool): Home | null;
export function homeOf(tool: BuildTool): Home | null {
  return isServed(tool) ? homes[tool] : null;
}

export type { BuildTool, Home, RefusedTool, ServedTool };
