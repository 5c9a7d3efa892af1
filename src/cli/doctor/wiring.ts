import { discoverPlatform } from '../discover/platform';
import { usualDir } from '../discover/facts';
import { findLine } from '../discover/syntax';
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
    const config = platform.cracoConfig;
    if (config === null) {
      findings.push({
        check: 'wiring',
        code: 'CRACO_CONFIG_MISSING',
        severity: 'error',
        command: 'npx zero-backend-sync init',
        what: 'There is no CRACO configuration.',
        why,
        how: 'Run "npx zero-backend-sync init", which writes it.',
      });
    } else if (config.form !== 'already wired') {
      const before = files.read(config.file) ?? '';
      const edit = config.form === 'in package.json' ? null : editCracoConfig(config.file, before, lib);
      findings.push({
        check: 'wiring',
        code: 'PRESET_MISSING',
        severity: 'error',
        evidence: { file: config.file, line: 1, text: (before.split('\n')[0] ?? '').trim() },
        instead: snippet,
        what: `${config.file} does not use the preset.`,
        why,
        how: `Add to it: ${snippet}`,
        ...(edit?.kind === 'edited' && { fix: [{ path: config.file, before, after: edit.text }] }),
      });
    }
    return findings;
  },
};
