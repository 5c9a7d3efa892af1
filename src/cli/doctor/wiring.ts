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
    const options = wiringOptions(platform, { lib: dir === usualDir ? undefined : dir, wasm: undefined, isModule });
    return [
      ...scriptFindings(files, platform.scripts, home),
      ...(platform.configs.length === 0 ? [missingConfig(home.newConfig(homeAppOf(files, packageJson)))] : []),
      ...platform.configs.flatMap((config) => configFindings(files, config, options)),
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

function configFindings(
  files: CheckContext['files'],
  { file, form, wiring: { module, what, where, snippet, edit } }: ConfigFacts,
  options: WiringOptions,
): readonly Finding[] {
  const before = files.read(file);
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
