/** The part of a plan that changes package.json: scripts as the home needs them, and the packages of the kit. */
import { intersects, validRange } from 'semver';
import { readPackageJson } from '../discover/package-json';
import { homeAppOf } from '../discover/platform';
import { setJson, type Json } from '../edit/json';
import { homeOf } from '../homes';
import type { Home } from '../homes/home';
import type { Draft, PlanRequest } from './plan';
import { planPins } from './pinned-versions';
import { planTypescriptOverride } from './typescript-override';

/** True where packages change, so that the package manager has to run. */
export function planPackageJson(request: PlanRequest, draft: Draft): boolean {
  const { files, facts, answers, kit } = request;
  const { buildTool, toolVersion, scripts, configs, wasmWays } = facts.platform;
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

  const withScripts = text;
  const { all } = packageJson;
  if (all['zero-backend-sync'] === undefined) set(['dependencies', 'zero-backend-sync'], kit.spec);
  const { dev, pinned } = home?.packages(toolVersion, answers.wasm ?? wasmWays[0]) ?? { dev: {}, pinned: {} };
  for (const [name, range] of Object.entries(dev)) if (all[name] === undefined) set(['devDependencies', name], range);
  planPins(request, pinned, set, draft);
  planTypescriptOverride(request, set, draft);
  checkOwnRxdb(all.rxdb, kit.versions.rxdb, draft);

  const what = [
    ...(home?.wrapper == null ? [] : [`scripts run through ${home.wrapper.title}`]),
    'the kit is a dependency',
  ];
  draft.write({ path: 'package.json', before, after: text, role: 'edited', why: what.join('; ') });
  return text !== withScripts;
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
