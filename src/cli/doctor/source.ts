import type { Node } from '@babel/types';
import { sourceFiles } from '../discover/identity';
import { readModules } from '../discover/modules';
import { findStoredKeys } from '../discover/stored-keys';
import { evidenceAt, visitNodes, type SourceFile } from '../discover/syntax';
import { saltVariable } from '../salt';
import { appSources, calleeText, isTemplate, keyText, literalText, schemaCollections } from './app-sources';
import type { Check, CheckContext, Finding } from './finding';
import { configuredRelays } from './relays';

/** What does not belong into source: relays, salts, keys of a backend, synced data in localStorage, messages without an enum. */
export const source: Check = {
  id: 'source',
  title: 'source',
  check(context) {
    const inNodes = appSources(context).flatMap((file) => {
      const findings: Finding[] = [];
      visitNodes([file.ast.program], (node) => {
        const found =
          relayIn(context, file, node) ?? secretIn(node) ?? apiKeyIn(node) ?? messageIn(context, file, node);
        if (found !== null) findings.push({ ...found, evidence: evidenceAt(file, node) });
        return true;
      });
      return onePerLine(findings);
    });
    return [...inNodes, ...localStorageFindings(context)];
  },
};

type Found = Omit<Finding, 'evidence'> | null;

/** A relay's address: any in the template, elsewhere one that is known, looks like one, or is given to the engine. */
function relayIn(context: CheckContext, file: SourceFile, node: Node): Found {
  const finding: Found = {
    check: 'source',
    code: 'RELAY_IN_SOURCE',
    severity: 'error',
    what: 'A relay stands in the source.',
    why: 'Relays come and go; those in config.json can be changed and checked in one place.',
    how: 'Move it to "relays" in config.json, or read it from the settings of your app.',
  };
  if (node.type === 'ObjectProperty' && keyText(node.key) === 'relays' && node.value.type === 'ArrayExpression') {
    return node.value.elements.some((element) => /^wss?:\/\/./.test(literalText(element) ?? '')) ? finding : null;
  }
  const text = node.type === 'TemplateElement' ? (node.value.cooked ?? '') : (literalText(node) ?? '');
  if (!/^wss?:\/\/[\w[]/.test(text)) return null;
  const isRelay =
    isTemplate(context, file.path) ||
    configuredRelays(context).some((relay) => text.startsWith(relay.replace(/\/$/, ''))) ||
    /^wss?:\/\/[^/]*(relay|nostr|nos\.lol|damus)/i.test(text);
  return isRelay ? finding : null;
}

/** 32 bytes in base64 or hex under a name that says salt. */
function secretIn(node: Node): Found {
  const [name, value] = namedValue(node);
  const text = literalText(value) ?? '';
  const isKey = /^[A-Za-z0-9+/_-]{42,43}=?=?$/.test(text) || /^[0-9a-f]{64}$/i.test(text);
  if (!isKey || !/salt/i.test(name)) return null;
  return {
    check: 'source',
    code: 'SALT_IN_SOURCE',
    severity: 'error',
    what: `A salt stands in the source ("${name}").`,
    why: 'It would be in the bundle and in git; the build takes it from the environment and hides it in the WASM.',
    how: `Put ${saltVariable}=... into .env.local and delete it here.`,
  };
}

/** Supabase's anonymous key. Firebase's apiKey only names the project: it is in every page, and its rules do not depend on it. */
function apiKeyIn(node: Node): Found {
  const [, value] = namedValue(node);
  const text = literalText(value ?? node) ?? '';
  const isSupabase = /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]*$/.test(text) && isAnonymousToken(text);
  if (!isSupabase && !/^sb_publishable_\w{10,}/.test(text)) return null;
  return {
    check: 'source',
    code: 'API_KEY_IN_SOURCE',
    severity: 'warning',
    what: `An anonymous API key of Supabase stands in the source.`,
    why: 'Sync needs no backend and no key; with such a key anybody reaches your project, as far as its rules allow.',
    how: 'Take it out if only sync used it; otherwise read it from the environment and check the rules of the project.',
  };
}

function isAnonymousToken(token: string): boolean {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
  return /"role"\s*:\s*"anon"/.test(payload);
}

/** What localStorage keeps by the name of a collection, and whatever a file that works with the engine keeps there. */
function localStorageFindings(context: CheckContext): readonly Finding[] {
  const synced = syncedNames(context);
  return findStoredKeys(readModules(context.files, sourceFiles(context.files))).flatMap(
    ({ key, evidence }): Finding[] => {
      const isSuspicious =
        key !== null && (isSynced(key, synced) || usesEngine(context.files.read(evidence.file) ?? ''));
      if (!isSuspicious) return [];
      return [
        {
          check: 'source',
          code: 'LOCAL_STORAGE',
          severity: 'warning',
          what: `localStorage keeps "${key}".`,
          why: 'It is not synced, not encrypted, blocks the main thread, and becomes a second truth beside the database.',
          how: 'Read and write it through the engine; for defaults use engine.seed.',
          evidence,
        },
      ];
    },
  );
}

function usesEngine(text: string): boolean {
  return /\b(SyncEngine|SyncProvider|provideSync|useDocument|useSyncEngine)\b/.test(text);
}

function isSynced(key: string, synced: ReadonlySet<string>): boolean {
  return key
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .some((word) => synced.has(word));
}

/** Names of collections, in lower case. */
function syncedNames(context: CheckContext): ReadonlySet<string> {
  return new Set(
    schemaCollections(context).flatMap(({ name }) => [name.toLowerCase(), name.toLowerCase().replace(/s$/, '')]),
  );
}

/** `worker.postMessage('start')` and `postMessage({ type: 'start' })`. In the template it is an error, elsewhere a hint. */
function messageIn(context: CheckContext, file: SourceFile, node: Node): Found {
  if (node.type !== 'CallExpression') return null;
  const callee = calleeText(node.callee);
  const isWorkerFile = /worker/i.test(file.path);
  const isMessage =
    /(^|\.)postMessage$/.test(callee) &&
    (/worker|port|channel/i.test(callee) || isWorkerFile || isTemplate(context, file.path));
  if (!isMessage) return null;
  const [first] = node.arguments;
  const type =
    first?.type === 'ObjectExpression'
      ? first.properties.find(
          (property) => property.type === 'ObjectProperty' && /^(type|kind|action)$/.test(keyText(property.key) ?? ''),
        )
      : undefined;
  const literal = literalText(first) ?? (type?.type === 'ObjectProperty' ? literalText(type.value) : null);
  if (literal === null) return null;
  return {
    check: 'source',
    code: 'MESSAGE_BY_TEXT',
    severity: isTemplate(context, file.path) ? 'error' : 'warning',
    what: `A message between threads is named by the text "${literal}".`,
    why: 'No compiler finds a typing error in it.',
    how: 'Name it by an enum that both sides import (types of the template shows how).',
  };
}

function namedValue(node: Node): readonly [name: string, value: Node | null] {
  if (node.type === 'VariableDeclarator' && node.id.type === 'Identifier') return [node.id.name, node.init ?? null];
  if (node.type === 'ObjectProperty') return [keyText(node.key) ?? '', node.value];
  if (node.type === 'AssignmentExpression') return [calleeText(node.left), node.right];
  return ['', null];
}

/** The visitor reaches a literal twice: itself, and as a part of what holds it. */
function onePerLine(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(
    (finding, index) =>
      findings.findIndex((other) => other.what === finding.what && other.evidence?.line === finding.evidence?.line) ===
      index,
  );
}
