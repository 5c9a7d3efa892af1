/** Which platforms `init` can serve, and what it says to the others. */
import { majorOf } from './package-json';
import type { BuildTool, PlatformFacts } from './platform';

export type Support =
  { readonly supported: true } | { readonly supported: false; readonly code: string; readonly reason: string };

/** Whether `init` can serve this platform; where it cannot, what is missing and what to do instead, in whole sentences. */
export function supportOf(facts: PlatformFacts): Support {
  const { versions, monorepo, packageManager } = facts;
  const no = (code: string, reason: string): Support => ({ supported: false, code, reason });

  if (monorepo.isRoot && facts.buildTool !== 'cra' && facts.buildTool !== 'cra-craco') {
    const where =
      monorepo.apps.length === 0
        ? 'No app with react-scripts was found below it.'
        : `Run it in the app itself: ${monorepo.apps.map((app) => `cd ${app}`).join(', or ')}.`;
    return no('MONOREPO_ROOT', `This folder is the root of a monorepo, not an app. ${where}`);
  }
  const unsupported = unsupportedTools[facts.buildTool];
  if (unsupported !== undefined) return no('PLATFORM_UNSUPPORTED', unsupported);
  if (majorOf(versions.reactScripts) !== 5) {
    return no(
      'REACT_SCRIPTS_UNSUPPORTED',
      `react-scripts ${versions.reactScripts ?? 'of an unknown version'} is not supported: the preset is made for react-scripts 5 (webpack 5). Update with "npm install react-scripts@5" first.`,
    );
  }
  if (versions.craco !== null && majorOf(versions.craco) !== 7) {
    return no(
      'CRACO_UNSUPPORTED',
      `@craco/craco ${versions.craco} is not supported: react-scripts 5 needs CRACO 7. Update with "npm install --save-dev @craco/craco@7" first.`,
    );
  }
  if (facts.framework !== 'react')
    return no('PLATFORM_UNSUPPORTED', 'The app does not depend on react, which the template needs.');
  if (packageManager.plugAndPlay !== null) {
    return no(
      'PLUG_AND_PLAY',
      `The app uses ${packageManager.name} with Plug'n'Play (${packageManager.plugAndPlay.file}:${packageManager.plugAndPlay.line}). react-scripts 5 and the worker's dependencies need a node_modules folder: set "nodeLinker: node-modules" in .yarnrc.yml (pnpm: node-linker=hoisted), install, and run this again.`,
    );
  }
  return { supported: true };
}

const later = 'This version supports unejected Create React App (react-scripts 5), with or without CRACO.';
const byHandPart =
  'The engine is a library that any bundler takes, but the WASM with the salt of the app needs a build plug-in, which exists for CRACO only so far.';
const unsupportedTools: Partial<Record<BuildTool, string>> = {
  'cra-rewired': `The app runs react-scripts through react-app-rewired or rescripts. ${later} Move its overrides to CRACO (craco.config.js) first; both cannot run at once.`,
  'cra-ejected': `The app is an ejected Create React App: its webpack configuration is its own now. ${later} ${byHandPart}`,
  vite: `The app is built by Vite. ${later} ${byHandPart} Vite is planned.`,
  'vue-cli': `The app is built by Vue CLI. ${later} ${byHandPart} The React hooks of the template do not apply to Vue either.`,
  next: `The app is built by Next.js. ${later} ${byHandPart}`,
  webpack: `The app is built by a webpack configuration of its own. ${later} ${byHandPart}`,
  parcel: `The app is built by Parcel. ${later} ${byHandPart}`,
  angular: `The app is built by Angular. ${later} ${byHandPart}`,
  none: `No build tool was found in package.json. ${later}`,
};
