/** The eight things that have to hold of a built app, each with the figures that show it. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Page } from 'playwright-core';
import { scanForSalt } from '../../preset/salt-scan';
import { isWasm } from './build-server';
import { waitForText } from './driver';
import { flawOfEvent, formsOf, unevenness } from './envelope';
import { watchFrames } from './frames';
import type { Stage } from './stage';

export interface Outcome {
  readonly passed: boolean;
  /** What was found, in a sentence. */
  readonly says: string;
  readonly figures: Readonly<Record<string, number | string>>;
}

export interface VerifyCheck {
  readonly id: string;
  readonly title: string;
  run(stage: Stage): Promise<Outcome>;
}

const edits = 10;
const propagationBudgetMs = 500;

const propagation: VerifyCheck = {
  id: 'propagation',
  title: 'An edit reaches the other browser within 500 ms',
  async run(stage) {
    const { patienceMs } = stage;
    const [first, second] = stage.devices;
    // The first edit waits for keys and connections; it is not what is measured.
    if ((await timeOf(stage, first.page, second.page, 3 * patienceMs)) === null)
      return failed(`Nothing arrived within ${(3 * patienceMs) / 1000} s. ${problemsOf(stage)}`);
    const times: number[] = [];
    for (let edit = 0; edit < edits; edit++) {
      const [from, to] = edit % 2 === 0 ? [first, second] : [second, first];
      const time = await timeOf(stage, from.page, to.page, patienceMs);
      if (time === null)
        return failed(
          `Edit ${edit + 1} of ${edits} did not arrive within ${patienceMs / 1000} s. ${problemsOf(stage)}`,
        );
      times.push(time);
    }
    times.sort((a, b) => a - b);
    const median = times[Math.floor(times.length / 2)] ?? Infinity;
    return {
      passed: median < propagationBudgetMs,
      says: `Half of ${edits} edits, in both directions, arrived within ${median} ms.`,
      figures: { medianMs: median, slowestMs: times.at(-1) ?? 0, budgetMs: propagationBudgetMs },
    };
  },
};

const restored: VerifyCheck = {
  id: 'restored',
  title: 'After both browsers were closed, everything is there again',
  async run(stage) {
    const { patienceMs } = stage;
    const text = await write(stage, 0);
    if ((await waitForText(stage.devices[1].page, stage.driver, text, patienceMs)) === null)
      return failed('The last edit before closing did not arrive.');
    await stage.reopen();
    const started = Date.now();
    const seen = await Promise.all(stage.devices.map(({ page }) => waitForText(page, stage.driver, text, patienceMs)));
    const missing = seen.filter((at) => at === null).length;
    if (missing > 0) return failed(`${missing} of 2 browsers did not show it again. ${problemsOf(stage)}`);
    return {
      passed: true,
      says: 'Both browsers showed it again.',
      figures: { shownAfterMs: Math.max(...seen.map((at) => (at ?? started) - started)) },
    };
  },
};

const wire: VerifyCheck = {
  id: 'wire',
  title: 'Only ciphertext goes over the wire',
  async run({ frames, typed }) {
    const forms = typed.flatMap(formsOf);
    const leak = frames.find(({ text }) => forms.some((form) => text.includes(form)));
    if (leak !== undefined)
      return failed(
        `A frame ${leak.isFromApp ? 'to' : 'from'} a relay holds what was typed: ${leak.text.slice(0, 60)}...`,
      );
    const strange = frames.filter(
      ({ text, isFromApp }) => isFromApp && !/^\["(EVENT|REQ|CLOSE|AUTH|COUNT|NEG-)/.test(text),
    );
    if (strange.length > 0)
      return failed(`The app sends what is no message to a relay: ${strange[0]?.text.slice(0, 60)}`);
    const sent = frames.filter(({ text, isFromApp }) => isFromApp && text.startsWith('["EVENT"')).length;
    if (sent === 0) return failed('No event was sent, so nothing could be looked at.');
    return {
      passed: true,
      says: `${frames.length} frames were searched for ${typed.length} texts in ${forms.length} forms.`,
      figures: { frames: frames.length, eventsSent: sent, texts: typed.length },
    };
  },
};

const saltAbsent: VerifyCheck = {
  id: 'salt',
  title: 'The salt is in no bundle',
  async run({ salt, build }) {
    if (salt === null)
      return failed(
        'This computer does not have the salt, so it cannot be looked for (npx zero-backend-sync salt import).',
      );
    const hits = scanForSalt(salt, [build]);
    const [hit] = hits;
    if (hit !== undefined)
      return {
        passed: false,
        says: `It stands in ${path.relative(build, hit.file)} as ${hit.form}.`,
        figures: { places: hits.length },
      };
    return {
      passed: true,
      says: 'It was looked for in every file and inside every WASM module, in all forms that compilers leave behind.',
      figures: { places: 0, files: filesBelow(build).length },
    };
  },
};

const sealed: VerifyCheck = {
  id: 'sealed',
  title: 'Kind 30078 holds only ciphertext',
  async run({ frames }) {
    const events = frames.flatMap(({ text, isFromApp }) =>
      isFromApp && text.startsWith('["EVENT"') ? [eventOf(text)] : [],
    );
    const flaws = events.flatMap((event) => flawOfEvent(event) ?? []);
    if (flaws[0] !== undefined)
      return {
        passed: false,
        says: `An event has ${flaws[0]}.`,
        figures: { events: events.length, flaws: flaws.length },
      };
    // One event goes to several relays; counted more than once, even noise looks uneven.
    const contents = new Set(events.map((event) => (event as { readonly content: string }).content));
    const sealedBytes = Buffer.concat([...contents].map((content) => Buffer.from(content, 'base64').subarray(13)));
    const chiSquared = Math.round(unevenness(sealedBytes));
    if (events.length === 0) return failed('No event was sent.');
    // Ciphertext stays below 400 in all but one of 10^8 runs; text and deflated text are far above.
    return {
      passed: chiSquared < 400,
      says:
        chiSquared < 400
          ? 'Every event is one opaque address and one sealed, padded envelope, as even as noise.'
          : 'The content of the events is not as even as ciphertext is.',
      figures: { events: events.length, chiSquared },
    };
  },
};

const wasm: VerifyCheck = {
  id: 'wasm',
  title: 'WASM is served as application/wasm',
  async run({ build, server }) {
    const modules = filesBelow(build).filter((file) => isWasm(fs.readFileSync(file)));
    const misnamed = modules.filter((file) => !file.endsWith('.wasm'));
    if (misnamed[0] !== undefined)
      return failed(
        `${path.relative(build, misnamed[0])} is a module without the extension .wasm, so no host serves it as application/wasm.`,
      );
    const wrong = server.served.find(
      (served) =>
        (served.isModule && !served.type.startsWith('application/wasm')) ||
        (served.path.endsWith('.wasm') && served.status !== 200),
    );
    if (wrong !== undefined) return failed(`${wrong.path} gave ${wrong.status} ${wrong.type}.`);
    return {
      passed: true,
      says:
        modules.length === 0
          ? 'The module is a part of the JavaScript: there is no file that a host could serve wrongly.'
          : `${modules.length} modules are served as application/wasm.`,
      figures: { modules: modules.length },
    };
  },
};

const blocked: VerifyCheck = {
  id: 'blocked',
  title: 'With one relay blocked, sync goes on',
  async run(stage) {
    const { patienceMs } = stage;
    const [first, second] = stage.devices;
    const times: number[] = [];
    // Each in turn: which of them the app leans on is not known from outside.
    for (const [index, gateway] of stage.gateways.entries()) {
      gateway.block();
      try {
        const time = await timeOf(stage, first.page, second.page, patienceMs);
        if (time === null)
          return failed(
            `With ${stage.relays[index]} blocked nothing arrived within ${patienceMs / 1000} s. ${problemsOf(stage)}`,
          );
        times.push(time);
      } finally {
        gateway.unblock();
      }
    }
    return {
      passed: true,
      says: `Each of ${times.length} relays was blocked once, and an edit arrived all the same.`,
      figures: { slowestMs: Math.max(...times) },
    };
  },
};

/** Percentage points of the time that the main thread may be held up for more than 50 ms beyond what it is at rest. */
const blockingBudget = 5;

const frames: VerifyCheck = {
  id: 'frames',
  title: 'No frames are dropped while syncing',
  async run(stage) {
    const [first, second] = stage.devices;
    const atRest = await watchFrames(second.page, () => pause(2000));
    const syncing = await watchFrames(second.page, async () => {
      let last = '';
      for (let edit = 0; edit < 20; edit++) {
        last = stage.nextText();
        await stage.driver.write(first.page, last);
        await pause(50);
      }
      // Seldom, because looking is work for the page, too.
      for (let look = 0; look < 40 && (await stage.driver.read(second.page)) !== last; look++) await pause(250);
    });
    const more = Math.max(0, syncing.blockedPercent - atRest.blockedPercent);
    return {
      passed: more <= blockingBudget,
      says: `While 20 edits arrived, tasks of more than 50 ms held up the page for ${round(syncing.blockedPercent)} % of the time; at rest ${round(atRest.blockedPercent)} %.`,
      figures: {
        blockedPercent: round(syncing.blockedPercent),
        longestTaskMs: Math.round(syncing.longestTaskMs),
        lateFramesPercent: round(syncing.latePercent),
        lateFramesPercentAtRest: round(atRest.latePercent),
      },
    };
  },
};

/** In the order in which they are reported. Those that look at traffic run last. */
export const verifyChecks: readonly VerifyCheck[] = [
  propagation,
  restored,
  wire,
  saltAbsent,
  sealed,
  wasm,
  blocked,
  frames,
];
export const runningOrder: readonly VerifyCheck[] = [
  propagation,
  frames,
  blocked,
  restored,
  wire,
  sealed,
  saltAbsent,
  wasm,
];

async function write(stage: Stage, device: 0 | 1): Promise<string> {
  const text = stage.nextText();
  await stage.driver.write(stage.devices[device].page, text);
  return text;
}

/** ms from the moment before writing on one page until the other shows it. */
async function timeOf(stage: Stage, from: Page, to: Page, timeoutMs: number): Promise<number | null> {
  const text = stage.nextText();
  const started = Date.now();
  const seen = waitForText(to, stage.driver, text, timeoutMs);
  await stage.driver.write(from, text);
  const at = await seen;
  return at === null ? null : at - started;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function eventOf(frame: string): unknown {
  try {
    return (JSON.parse(frame) as unknown[])[1];
  } catch {
    return null;
  }
}

function problemsOf({ devices }: Stage): string {
  const problems = [...new Set(devices.flatMap((device) => device.problems))];
  return problems.length === 0 ? '' : `The pages said: ${problems.slice(0, 3).join(' | ').slice(0, 400)}`;
}

function failed(says: string): Outcome {
  return { passed: false, says: says.trim(), figures: {} };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function filesBelow(folder: string): readonly string[] {
  return fs
    .readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}
