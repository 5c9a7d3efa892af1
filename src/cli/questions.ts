/**
 * What `init` has to know, as data: asked of a person in a terminal, printed for a program. The keys of an answers file are the ids of the questions.
 */
import { NO_USERS, type Answers, type AnswersFile } from './answers';
import type { Facts } from './discover/facts';
import type { IdentityProposal } from './discover/identity';
import { storageLayers, type FileFormat } from './discover/storage';
import type { Evidence } from './discover/syntax';
import type { Json } from './edit/json';
import { printExpression } from './edit/print';
import { homeOf } from './homes';
import type { WasmWay } from './homes/wiring';
import { frameworkOf, languageOf, toolOf } from './show';

/** `app`: is this the app that is meant? `apply`: shall the plan be carried out? */
export type QuestionId = keyof AnswersFile;

export interface QuestionOption {
  /** What stands in the answers file. */
  readonly value: Json;
  readonly label: string;
  /** What it means, and what speaks for or against it. */
  readonly hint: string;
  /** Where it was found. */
  readonly evidence: readonly Evidence[];
  /** False where this version explains it and does not have it. */
  readonly isAvailable: boolean;
}

export interface Question {
  readonly id: QuestionId;
  readonly text: string;
  /** What the question is asked from. */
  readonly evidence: readonly (Evidence & { readonly what: string })[];
  /** Best first. */
  readonly options: readonly QuestionOption[];
  /** What may be answered beside the options, in words; `null` where nothing else may. */
  readonly other: string | null;
  /** What `--yes` takes; `null` where nothing can be proposed, and the answer is never guessed. */
  readonly default: Json;
  /** Whether it has to be answered where `--yes` is not given. */
  readonly isRequired: boolean;
}

/** Those of `init`, in the order in which they are asked. */
export function questionsOf(facts: Facts): readonly Question[] {
  return [
    appQuestion(facts),
    identityQuestion(facts),
    storageQuestion(facts),
    dirQuestion(facts),
    exampleQuestion(),
    ...(facts.platform.wasmWays.length === 0 ? [] : [wasmQuestion(facts)]),
    applyQuestion(),
  ];
}

export function appQuestion({ platform }: Facts): Question {
  const { name, packageManager, configs } = platform;
  const tool = toolOf(platform);
  const found = (what: string, evidence: Evidence | null) => (evidence === null ? [] : [{ what, ...evidence }]);
  return {
    id: 'app',
    text: `Is this the app? ${name}: ${tool}, ${frameworkOf(platform)}, ${languageOf(platform)}, ${packageManager.name}`,
    evidence: [
      ...found(tool, platform.buildToolEvidence),
      ...found(languageOf(platform), platform.languageEvidence),
      ...found(packageManager.name, packageManager.evidence),
      ...configs.map(({ file, form, wiring }) => ({ what: `${wiring.what}, ${form}`, file, line: 1, text: '' })),
    ],
    ...yesOrNo('It is the app that is meant.', 'Another one: run the command in its folder.', true),
    isRequired: false,
  };
}

export function identityQuestion({ identity }: Facts): Question {
  const { warning } = identity;
  const proposals = identity.proposals.filter(isAnswerable);
  const [first] = proposals;
  return {
    id: 'identity',
    text:
      first === undefined
        ? 'The source does not say who is signed in. Which expression will name the user, for ever, on every device?'
        : 'What identifies the user of this app, for ever?',
    evidence: proposals.flatMap(({ parts }) => parts.map(({ evidence, source }) => ({ what: source, ...evidence }))),
    options: [
      ...proposals.slice(0, mostOptions).map(({ parts, why }) => ({
        value: parts.map(({ expression }) => expression),
        label: parts.map(({ expression }) => expression).join(', '),
        hint: `${parts[0]?.source}; ${why}`,
        evidence: parts.map(({ evidence }) => evidence),
        isAvailable: true,
      })),
      noUsers,
    ],
    other: `An expression of the app that names its user, such as "user.id", or several in a list.${warning === null ? '' : ` ${warning}`}`,
    default: first === undefined ? null : first.parts.map(({ expression }) => expression),
    isRequired: true,
  };
}

const mostOptions = 8;

const noUsers: QuestionOption = {
  value: NO_USERS,
  label: 'This app has no users',
  hint: 'a sync code of the first device joins others, by a link or a QR code',
  evidence: [],
  isAvailable: true,
};

/** What waits for a server where it stands is evidence, and nothing that a component could give. */
function isAnswerable({ parts }: IdentityProposal): boolean {
  return parts.every(({ expression }) => printExpression(expression) !== null);
}

export function storageQuestion({ storage }: Facts): Question {
  const formats: readonly FileFormat[] = ['json', 'yaml', 'csv'];
  return {
    id: 'storage',
    text: 'Where shall the data live?',
    evidence: storage.findings.map(({ what, evidence }) => ({ what, ...evidence })),
    options: storageLayers.flatMap(({ layer, title, means, available }) => {
      const values = layer === 'file' ? formats.map((format) => `file:${format}`) : [layer];
      const hint = layer === storage.recommended ? `${means} Recommended: ${storage.why}.` : means;
      return values.map((value) => ({ value, label: title, hint, evidence: [], isAvailable: available }));
    }),
    other: null,
    default: storage.recommended,
    isRequired: true,
  };
}

export function dirQuestion({ dir: { proposed, taken, ignored } }: Facts): Question {
  const reason = ignored ?? (taken === null ? null : `${taken} is taken by files of the app`);
  return {
    id: 'dir',
    text: `${reason === null ? '' : `${reason}. `}Where shall the template go?`,
    evidence: [],
    options: [{ value: proposed, label: proposed, hint: 'It is free.', evidence: [], isAvailable: true }],
    other: 'A folder below src.',
    default: proposed,
    isRequired: reason !== null,
  };
}

export function exampleQuestion(): Question {
  return {
    id: 'example',
    text: 'Write an example: a list or settings of a store that are bound, otherwise a small component (SyncedTheme)?',
    evidence: [],
    ...yesOrNo('It is written.', 'Nothing is written but what is needed.', false),
    isRequired: false,
  };
}

/** Asked where the tool leaves a choice. */
export function wasmQuestion({ platform: { wasmWays, buildTool, toolVersion } }: Facts): Question {
  const names = Object.keys(homeOf(buildTool)?.packages(toolVersion, 'vite-plugin-wasm').dev ?? {});
  const meanings: Readonly<Record<WasmWay, string>> = {
    'vite-plugin-wasm': `The app gets ${names.join(' and ')}, in "plugins" and in "worker.plugins": .wasm files are modules of the app, files of their own in the build, and your own modules can be imported in the same way.`,
    inline:
      'The kit carries its bytes (about 14 kB) in the script of the worker: no plugin beside it, no further package, no file that a host could serve wrongly.',
  };
  return {
    id: 'wasm',
    text: 'How shall the WASM of the black box come into the app?',
    evidence: [],
    options: wasmWays.map((way) => ({ value: way, label: way, hint: meanings[way], evidence: [], isAvailable: true })),
    other: null,
    default: wasmWays[0] ?? null,
    isRequired: false,
  };
}

/** Of `update` and `undo`, too: their answer is `--yes`. */
export function applyQuestion(): Question {
  return {
    id: 'apply',
    text: 'Apply this plan?',
    evidence: [],
    ...yesOrNo('What is listed under "changes" is done, all of it or nothing.', 'Nothing is changed.', true),
    isRequired: false,
  };
}

function yesOrNo(yes: string, no: string, byDefault: boolean): Pick<Question, 'options' | 'other' | 'default'> {
  const options = [
    { value: true, label: 'yes', hint: yes, evidence: [], isAvailable: true },
    { value: false, label: 'no', hint: no, evidence: [], isAvailable: true },
  ];
  return { options: byDefault ? options : options.reverse(), other: null, default: byDefault };
}

/** What the answers are where those that are given are completed by what is proposed. An identity that nothing proposes stays empty. */
export function proposedAnswers(facts: Facts, given: Partial<Answers>): Answers {
  return {
    identity: (identityQuestion(facts).default as readonly string[] | null) ?? [],
    storage: { layer: facts.storage.recommended },
    dir: facts.dir.proposed,
    example: false,
    ...given,
  };
}
