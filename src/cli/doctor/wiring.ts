import { discoverPlatform } from '../discover/platform';
import { usualDir } from '../discover/facts';
import { findLine } from '../discover/syntax';
import { configRemarks } from '../plan/craco-config';
import { editCracoConfig, pluginEntry } from '../edit/craco-config';
import { setJson } from '../edit/json';
import type { Check, Finding } from './finding';

export const wiring: Check = {
  id: 'wiring',
  title: 'CRACO',
  check({ files, dir }) {
    const platform = discoverPlatform(files);
    const findings: Finding[] = [];
    const why = "Without the preset the app's worker, WASM and tests do not build.";
    const packageText = files.read('package.json') ?? '';

    for (const { name, text, throughCraco } of platform.scripts) {
      if (throughCraco === null) continue;
      const evidence = findLine('package.json', packageText, new RegExp(`"${name}"\\s*:`));
      const fix = [
        {
          path: 'package.json',
          before: packageText,
          after: platform.scripts.reduce(
            (json, script) =>
              script.throughCraco === null
                ? json
                : setJson('package.json', json, ['scripts', script.name], script.throughCraco),
            packageText,
          ),
        },
      ];
      findings.push({
        check: 'wiring',
        code: 'SCRIPT_PAST_CRACO',
        severity: 'error',
        instead: `"${name}": "${throughCraco}"`,
        what: `The script "${name}" runs react-scripts past CRACO: ${text}`,
        why,
        how: `Make it "${throughCraco}".`,
        ...(evidence && { evidence }),
        ...(findings.length === 0 && { fix }),
      });
    }

    const lib = dir === usualDir ? undefined : dir;
    const snippet = `plugins: [${pluginEntry("'", lib)}]`;
    if (platform.cracoConfig === null) {
      findings.push({
        check: 'wiring',
        code: 'CRACO_CONFIG_MISSING',
        severity: 'error',
        command: 'npx zero-backend-sync init',
        what: 'There is no CRACO configuration.',
        why,
        how: 'Run "npx zero-backend-sync init", which writes it.',
      });
    }
    for (const config of [platform.cracoConfig, ...platform.furtherCracoConfigs]) {
      if (config === null || config.form === 'already wired') continue;
      const before = files.read(config.file);
      const isFile = before !== null && config.form !== 'in package.json' && config.form !== 'outside';
      const edit = isFile ? editCracoConfig(config.file, before, lib) : null;
      findings.push({
        check: 'wiring',
        code: 'PRESET_MISSING',
        severity: 'error',
        ...(isFile && { evidence: { file: config.file, line: 1, text: (before.split('\n')[0] ?? '').trim() } }),
        instead: snippet,
        what:
          config.form === 'missing'
            ? `There is no CRACO configuration in ${config.file}, where package.json says that it is.`
            : `${config.file} does not use the preset.`,
        why,
        how: config.form === 'missing' ? 'Run "npx zero-backend-sync init", which writes it.' : `Add to it: ${snippet}`,
        ...(edit?.kind === 'edited' && { fix: [{ path: config.file, before, after: edit.text }] }),
      });
    }
    for (const what of configRemarks(platform.scripts))
      findings.push({
        check: 'wiring',
        code: 'SCRIPT_FLAG_IGNORED',
        severity: 'warning',
        what,
        why,
        how: 'Correct the script in package.json.',
      });
    return findings;
  },
};
