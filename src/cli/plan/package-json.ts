/** The part of a plan that changes package.json: scripts as the home needs them, and the packages of the kit. */
import { intersects, validRange } from 'semver';
import { usualDir } from '../discover/facts';
import { packageJsonOf, readPackageJson } from '../discover/package-json';
import { homeAppOf } from '../discover/platform';
import { removeJson, setJson, type Json } from '../edit/json';
import { homeOf } from '../homes';
import type { ConfigFacts, Home } from '../homes/home';
import { chosenWay, wiringOptions } from '../homes/options';
import type { Draft, PlanRequest } from './plan';
import { planPins } from './pinned-versions';
import { planTypescriptOverride } from './typescript-override';

/** True where packages change, so that the package manager has to run. */
export function planPackageJson(request: PlanRequest, draft: Draft): boolean {
  const { files, facts, answers, kit } = request;
  const { buildTool, toolVersion, scripts, configs } = facts.platform;
  const home = homeOf(buildTool);
  const packageJson = readPackageJson(files);
  const before = packageJson.text;
  let text = before;
  const set = (keys: readonly string[], value: Json) => {
    text = setJson('package.json', text, keys, value);
  };

  for (const { name, wrapped } of scripts) if (wrapped !== null) set(['scripts', name], wrapped);
  if (home?.wrapper != null && !scripts.some((script) => runsThrough(script, home.wrapper))) {
    const { program } = home.wrapper;
    draft.byHand(
      `No script runs ${home.versions[0]?.name}, so none could be changed. Run the app with "${program} start", "${program} build" and "${program} test" instead.`,
    );
  }
  for (const [name, value] of Object.entries(home?.packageJsonFields(homeAppOf(files, packageJson), configs) ?? {}))
    set([name], value);

  for (const { file, form, wiring } of facts.platform.testConfigs)
    if (form === 'in package.json') text = moveSettings(request, text, { file, wiring }, draft);

  const withScripts = text;
  const { all } = packageJson;
  if (all['zero-backend-sync'] === undefined) set(['dependencies', 'zero-backend-sync'], kit.spec);
  const { dev, pinned } = home?.packages(toolVersion, chosenWay(facts.platform, answers.wasm)) ?? {
    dev: {},
    pinned: {},
  };
  for (const [name, range] of Object.entries(dev)) if (all[name] === undefined) set(['devDependencies', name], range);
  const added = home?.wrapper == null ? Object.keys(dev).filter((name) => all[name] === undefined) : [];
  planPins(request, pinned, set, draft);
  planTypescriptOverride(request, set, draft);
  checkOwnRxdb(all.rxdb, kit.versions.rxdb, draft);

  const what = [
    ...(home?.wrapper == null ? [] : [`scripts run through ${home.wrapper.title}`]),
    added.length === 0 ? 'the kit is a dependency' : `the kit and ${added.join(' and ')} are dependencies`,
  ];
  draft.write({ path: 'package.json', before, after: text, role: 'edited', why: what.join('; ') });
  return text !== withScripts;
}

/** Settings of Jest in package.json, where no code can stand, become a file that has the same. */
function moveSettings(
  { facts, answers }: PlanRequest,
  text: string,
  { file, wiring }: Pick<ConfigFacts, 'file' | 'wiring'>,
  draft: Draft,
): string {
  const { jest } = packageJsonOf('package.json', text).fields;
  const isModule = !/\.c?js$/.test(file);
  const lib = answers.dir === usualDir ? undefined : answers.dir;
  const edit = wiring.edit(
    file,
    `module.exports = ${JSON.stringify(jest, null, 2)};\n`,
    wiringOptions(facts.platform, { lib, wasm: answers.wasm, isModule }),
  );
  if (edit.kind !== 'edited') return text;
  const why = `${wiring.why}: the settings of package.json, in a file that can have code`;
  draft.write({ path: file, before: null, after: edit.text, role: 'created', why });
  return removeJson('package.json', text, ['jest']);
}

function runsThrough(
  { text, wrapped }: { readonly text: string; readonly wrapped: string | null },
  wrapper: Home['wrapper'],
): boolean {
  return wrapped !== null || new RegExp(`\\b${wrapper?.program}\\b`).test(text);
}

/** The kit brings RxDB. An app that also depends on it must accept the same version, or the package manager installs two. */
function checkOwnRxdb(own: string | undefined, wanted: string | undefined, draft: Draft): void {
  if (own === undefined || wanted === undefined) return;
  const isCompatible = validRange(own) !== null && intersects(own, wanted);
  if (isCompatible) return;
  draft.byHand(
    `The app depends on rxdb ${own}, and zero-backend-sync on ${wanted}. RxDB must be loaded once: objects of one copy are not known to the other. Remove rxdb from package.json and import it through the engine, or move the app to rxdb ${wanted}.`,
  );
}
