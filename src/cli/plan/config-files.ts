/** The part of a plan that puts the kit into the configuration of the app's build tool, or makes one. */
import { usualDir } from '../discover/facts';
import { readPackageJson } from '../discover/package-json';
import { homeAppOf } from '../discover/platform';
import type { PlatformFacts } from '../discover/platform-facts';
import { homeOf } from '../homes';
import type { ConfigFacts } from '../homes/home';
import { wiringOptions } from '../homes/options';
import type { WiringOptions } from '../homes/wiring';
import type { Draft, PlanRequest } from './plan';

export function planConfigFiles(request: PlanRequest, draft: Draft): void {
  const { files, facts, answers } = request;
  const { platform } = facts;
  const home = homeOf(platform.buildTool);
  if (home === null) return;
  const packageJson = readPackageJson(files);
  const lib = answers.dir === usualDir ? undefined : answers.dir;
  const options = wiringOptions(platform, { lib, wasm: answers.wasm, isModule: packageJson.isModule });
  const made = home.newConfig(homeAppOf(files, packageJson));
  if (platform.configs.length === 0) {
    const { file, wiring } = made;
    draft.write({ path: file, before: null, after: wiring.create(file, options), role: 'created', why: wiring.why });
  }
  for (const config of [...platform.configs, ...platform.testConfigs.filter(({ form }) => form !== 'in package.json')])
    planConfig(request, config, made.file, options, draft);
  for (const text of configRemarks(platform)) draft.byHand(text);
}

/** @param made where a configuration goes that is made */
function planConfig(
  { files }: PlanRequest,
  { file, form, wiring }: ConfigFacts,
  made: string,
  options: WiringOptions,
  draft: Draft,
) {
  const { what, where, why } = wiring;
  const paste = (reason: string) => draft.byHand(`${reason}\n\n${indented(wiring.snippet(options))}\n`);
  if (form === 'in package.json') {
    paste(
      `${capital(what)} is an object in package.json, where no plugin can be required. Move it to ${made} (module.exports = { ... }) and add this ${where}:`,
    );
    return;
  }
  if (form === 'new' || (form === 'missing' && /\.[cm]?[jt]s$/.test(file))) {
    draft.write({ path: file, before: null, after: wiring.create(file, options), role: 'created', why });
    return;
  }
  if (form === 'missing' || form === 'outside') {
    const reason = form === 'missing' ? 'it is not there' : 'it is not a file of this project';
    paste(`${file} is named as ${what}, and ${reason}. Correct the name in package.json, or add this ${where}:`);
    return;
  }
  const before = files.read(file) ?? '';
  const edit = wiring.edit(file, before, options);
  if (edit.kind === 'already-wired') return;
  if (edit.kind === 'by-hand') {
    paste(`${file} cannot be edited safely because ${edit.reason}. Add this ${where}:`);
    return;
  }
  draft.write({ path: file, before, after: edit.text, role: 'edited', why });
}

/** What scripts say that the tool, or the kit, will not hear. */
export function configRemarks({ buildTool, scripts }: PlatformFacts): readonly string[] {
  const home = homeOf(buildTool);
  return scripts.flatMap(({ runs }) => runs.flatMap((run) => home?.scriptRemarks(run) ?? []));
}

function indented(code: string): string {
  return code
    .split('\n')
    .map((line) => (line === '' ? '' : `    ${line}`))
    .join('\n');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
