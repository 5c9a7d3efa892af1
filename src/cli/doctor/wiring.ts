import { usualDir } from '../discover/facts';
import { readPackageJson } from '../discover/package-json';
import { discoverPlatform, homeAppOf } from '../discover/platform';
import type { ScriptFacts } from '../discover/platform-facts';
import { findLine } from '../discover/syntax';
import { parseSound } from '../edit/config-edit';
import { secondUse } from '../edit/config-names';
import { setJson } from '../edit/json';
import { homeOf } from '../homes';
import type { ConfigFacts, ConfigPlace, Home } from '../homes/home';
import { wiringOptions } from '../homes/options';
import type { WiringOptions } from '../homes/wiring';
import { configRemarks } from '../plan/config-files';
import type { Check, CheckContext, Finding } from './finding';

/** The kit is in the configuration of the app's build tool, and what the scripts run reads that. */
export const wiring: Check = {
  id: 'wiring',
  title: 'wiring',
  check({ files, dir }) {
    const platform = discoverPlatform(files);
    const home = homeOf(platform.buildTool);
    // What is refused is said by the check of the versions.
    if (home === null) return [];
    const packageJson = readPackageJson(files);
    const { isModule } = packageJson;
    // A correction brings no package into the app.
    const wasm = packageJson.all['vite-plugin-wasm'] === undefined ? 'inline' : undefined;
    const options = wiringOptions(platform, { lib: dir === usualDir ? undefined : dir, wasm, isModule });
    const read = [...platform.configs, ...platform.testConfigs];
    return [
      ...scriptFindings(files, platform.scripts, home),
      ...(platform.configs.length === 0 ? [missingConfig(home.newConfig(homeAppOf(files, packageJson)))] : []),
      ...read.flatMap((config) => configFindings(files, config, options)),
      ...elsewhere(files, read, home),
      ...configRemarks(platform).map((what) => ({
        check: 'wiring',
        code: 'SCRIPT_FLAG_IGNORED',
        severity: 'warning' as const,
        what,
        why,
        how: 'Correct the script in package.json.',
      })),
    ];
  },
};

const why = "Without the preset the app's worker, WASM and tests do not build.";

function scriptFindings(
  files: CheckContext['files'],
  scripts: readonly ScriptFacts[],
  { wrapper, versions }: Home,
): readonly Finding[] {
  const packageText = files.read('package.json') ?? '';
  const past = scripts.filter(({ wrapped }) => wrapped !== null);
  return past.map(({ name, text, wrapped }, index): Finding => {
    const evidence = findLine('package.json', packageText, new RegExp(`"${name.replace(/[^\w]/g, '\\$&')}"\\s*:`));
    const after = past.reduce(
      (json, script) => setJson('package.json', json, ['scripts', script.name], script.wrapped ?? script.text),
      packageText,
    );
    return {
      check: 'wiring',
      code: 'SCRIPT_PAST_PRESET',
      severity: 'error',
      instead: `"${name}": "${wrapped}"`,
      what: `The script "${name}" runs ${versions[0]?.name} past ${wrapper?.title}: ${text}`,
      why,
      how: `Make it "${wrapped}".`,
      ...(evidence && { evidence }),
      ...(index === 0 && { fix: [{ path: 'package.json', before: packageText, after }] }),
    };
  });
}

function missingConfig({ file, wiring: { what } }: ConfigPlace): Finding {
  return {
    check: 'wiring',
    code: 'CONFIG_MISSING',
    severity: 'error',
    command: 'npx zero-backend-sync init',
    what: `There is no ${what.replace(/^the /, '')}.`,
    why,
    how: `Run "npx zero-backend-sync init", which writes it to ${file}.`,
  };
}

/** Configurations that have the kit and that nothing reads, or in which it is that of another tool: left over from another time, or the wrong file. */
function elsewhere(files: CheckContext['files'], read: readonly ConfigPlace[], { title }: Home): readonly Finding[] {
  const candidates = files.list('').filter((file) => configName.test(file));
  return candidates.flatMap((file): readonly Finding[] => {
    const text = files.read(file) ?? '';
    const [found, module] = kitModule.exec(text) ?? [];
    const isMeant = read.some(({ file: known, wiring }) => known === file && wiring.module === module);
    if (found === undefined || module === undefined || isMeant) return [];
    const evidence = findLine(file, text, kitModule);
    const isRead = read.some((place) => place.file === file);
    return [
      {
        check: 'wiring',
        code: 'WIRED_ELSEWHERE',
        severity: 'warning',
        ...(evidence && { evidence }),
        what: isRead
          ? `${file} uses ${module}, which is for another tool than ${title}.`
          : `${file} has the kit, and ${title} does not read it.`,
        why: 'It has no effect there, and hides where the kit has to be.',
        how: isRead
          ? `Take it out of ${file}.`
          : `Take it out of ${file}, or remove the file where nothing else reads it.`,
      },
    ];
  });
}

const configName = /^((config|build)\/)?(\.cracorc|[^/]*config[^/]*)\.[cm]?[jt]s$/;
const kitModule = /['"](zero-backend-sync\/(?:craco|vite|webpack))['"]/;

function configFindings(
  files: CheckContext['files'],
  { file, form, wiring }: ConfigFacts,
  options: WiringOptions,
): readonly Finding[] {
  const { module, what, where, snippet, edit } = wiring;
  const before = files.read(file);
  if (form === 'new') return [missingConfig({ file, wiring })];
  if (form === 'already wired') {
    const source = parseSound(file, before ?? '');
    const line = source && secondUse(source, module);
    if (line === null) return [];
    return [
      {
        check: 'wiring',
        code: 'WIRED_TWICE',
        severity: 'error',
        evidence: { file, line, text: (before?.split(/\r?\n/)[line - 1] ?? '').trim() },
        what: `${file} has the kit twice.`,
        why: 'Its rules apply twice, and the relays of the dev server start twice.',
        how: 'Take out one of the two.',
      },
    ];
  }
  const isFile = before !== null && form !== 'in package.json' && form !== 'outside';
  const edited = isFile ? edit(file, before, options) : null;
  const code = snippet(options);
  return [
    {
      check: 'wiring',
      code: 'PRESET_MISSING',
      severity: 'error',
      ...(isFile && { evidence: { file, line: 1, text: (before.split('\n')[0] ?? '').trim() } }),
      instead: code,
      what:
        form === 'missing'
          ? `There is no ${what.replace(/^the /, '')} in ${file}, where package.json says that it is.`
          : `${file} does not use the preset.`,
      why,
      how:
        form === 'missing'
          ? 'Run "npx zero-backend-sync init", which writes it.'
          : `Add ${where}: ${code.split('\n').join(' ')}`,
      ...(edited?.kind === 'edited' && { fix: [{ path: file, before, after: edited.text }] }),
    },
  ];
}
