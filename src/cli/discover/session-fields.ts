/** Reads the app's source for identifiers of the signed-in user: what is read, what is known or declared to be there, what signing in stores. */
import type { NodePath } from '@babel/traverse';
import type { Function as FunctionNode, LVal } from '@babel/types';
import { leavesOf } from './bindings';
import { declaredFields, shapeOf } from './declared-fields';
import { hookAccess, readingOf, selectorFor, withFields } from './identity-expression';
import { identityFields, sessionSlice, sessionWords, type IdentifierKind, type KnownField } from './identity-sources';
import type { Module, Modules } from './modules';
import type { Origin } from './origin';
import { placeOf } from './places';
import { providersByComponent } from './provider-components';
import { anyComponent, Rank, type SessionField } from './session-field';
import { originReader } from './session-origins';
import { findStoreSessions, type StoreField } from './store-sessions';
import { evidenceAt } from './syntax';
import { usesVue } from './vue/calls';
import { isRef, isSnapshot, textBelow } from './vue/refs';
import { rootComponent } from './vue/root';
import { vueStoreFields } from './vue/store-fields';

export function findSessionFields(modules: Modules): readonly SessionField[] {
  const inVue = vueStoreFields(modules);
  const inRedux = findStoreSessions(modules);
  const stores = { fields: [...inRedux.fields, ...inVue.fields], ways: new Set([...inRedux.ways, ...inVue.ways]) };
  const reader = originReader(modules);
  const isVue = usesVue(modules);
  const root = isVue ? rootComponent(modules) : null;
  const found: SessionField[] = [];

  for (const module of modules.all) {
    const add = (
      path: NodePath,
      origin: Origin,
      kind: IdentifierKind,
      more: Partial<SessionField> & { names?: readonly string[]; isSnapshot?: boolean },
    ) => {
      const { names, isSnapshot: _, ...rest } = more;
      const reading = readingOf(path, module.source.text);
      const field = {
        expression: inScript(modules, module, path, reading.text),
        kind,
        source: origin.source,
        evidence: evidenceAt(module.source, path.node),
        place: reading.isAwaited || isOfOptions(module, path) ? inFunction : placeOf(path, names),
        isReactive: origin.isReactive === true,
        imports: [],
        access: hookAccess(path),
        key: keyOf(origin),
        rank: Rank.Read,
        ...rest,
      };
      const isAtRoot = module === root && field.place.kind === 'component' && more.isSnapshot !== true;
      if (!isVue || isAtRoot) found.push(field);
      // What a composable or a store has inside stands in no component.
      else if (origin.reach === undefined)
        found.push(field.place.kind === 'hook' ? { ...field, place: inFunction } : field);
      else found.push({ ...field, ...origin.reach, place: anyComponent, isReactive: true });
    };
    /** What is not read: the fields that a provider has, or that the type of the app's own session declares. */
    const addUnread = (
      path: NodePath,
      origin: Origin,
      text: string,
      rank: Rank,
      declared: readonly KnownField[],
      more: Partial<SessionField> & { names?: readonly string[] },
    ) => {
      for (const { way, kind } of unreadFields(origin, declared)) {
        const below = (from: string) =>
          path.isCallExpression() ? textBelow(modules, path, from, way) : withFields(from, way);
        const reach = origin.reach && { ...origin.reach, expression: below(origin.reach.expression) };
        const whole = { ...origin, path: [...origin.path, ...way], ...(reach === undefined ? {} : { reach }) };
        const access = more.access ?? null;
        add(path, whole, kind, {
          ...more,
          expression: below(text),
          rank,
          access: access && { ...access, path: [...access.path, ...way] },
        });
      }
    };
    const addRead = (path: NodePath, rank: Rank) => {
      const origin = reader.originOf(path);
      const kind = origin && kindOf(origin, stores.ways);
      if (origin === null || kind === null) return;
      add(path, origin, kind, { rank, isSnapshot: isVue && isSnapshot(modules, path) });
      // A part of the state that a selector names can be asked for in any component.
      if (origin.kind === 'state' && origin.reach === undefined)
        found.push(inState(modules, module, path, origin, kind));
    };

    module.program.traverse({
      'MemberExpression|OptionalMemberExpression'(path: NodePath) {
        if (!isCalled(path)) addRead(path, Rank.Read);
      },
      VariableDeclarator(path) {
        const init = path.get('init') as NodePath;
        for (const leaf of init.node ? leavesOf(path.node.id) : []) {
          const origin = reader.originOf(init, leaf.path);
          if (origin === null) continue;
          const kind = kindOf(origin, stores.ways);
          const expression = isRef(modules, init, leaf.path) ? `${leaf.name}.value` : leaf.name;
          const held = { names: [leaf.name], expression, access: hookAccess(init, leaf.path) };
          const isOnce = isVue && expression === leaf.name && kind !== null;
          if (kind !== null)
            add(path, origin, kind, {
              ...held,
              rank: Rank.Read,
              ...(isOnce ? { isSnapshot: true, place: inFunction } : {}),
            });
          else if (isWord(leaf.name)) {
            const declared = declaredFields(modules, shapeOf(modules, init, leaf.path));
            addUnread(path, origin, expression, Rank.Held, declared, { names: held.names, access: held.access });
          }
        }
      },
      CallExpression(path) {
        const origin = reader.originOf(path);
        if (origin === null) return;
        // A provider's hook proves its provider: the fields are known without being read.
        if (origin.kind === 'provider' && origin.path.length === 0) {
          const { text } = readingOf(path, module.source.text);
          addUnread(path, origin, text, Rank.Call, [], { access: hookAccess(path) });
        } else addRead(path, Rank.Call);
      },
      Function(path) {
        for (const [index, parameter] of path.node.params.entries()) {
          for (const leaf of leavesOf(parameter as LVal)) {
            const origin = reader.originOfParameter(path as NodePath<FunctionNode>, index, leaf.path);
            if (origin === null) continue;
            const more = { expression: leaf.name, place: inFunction, access: null };
            const kind = leaf.path.length === 0 ? null : kindOf(origin, stores.ways);
            const at = path.get(`params.${index}`) as NodePath;
            if (kind !== null) add(at, origin, kind, more);
            else addUnread(at, origin, leaf.name, Rank.Known, [], { place: inFunction });
          }
        }
      },
    });
  }
  const providers = new Set(found.map(({ source }) => source.split(':')[0]));
  return [
    ...found,
    ...stores.fields.map((field) => inStore(modules, field)),
    ...providersByComponent(modules).filter(({ source }) => !providers.has(source.split(':')[0])),
  ];
}

/** The fields below an origin that is not one itself. */
function unreadFields(
  origin: Origin,
  declared: readonly KnownField[],
): readonly { readonly way: readonly string[]; readonly kind: IdentifierKind }[] {
  const depth = origin.path.length;
  if (origin.kind === 'provider') {
    return origin.fields.flatMap(({ path, kind }) => {
      const whole = path.split('.').filter(Boolean);
      const isBelow = whole.length >= depth && origin.path.every((word, index) => word === whole[index]);
      return isBelow ? [{ way: whole.slice(depth), kind }] : [];
    });
  }
  if (origin.kind !== 'session' || !origin.path.every((word) => sessionWords.has(word))) return [];
  return declared.map(({ path, kind }) => ({ way: path.split('.'), kind }));
}

function kindOf({ kind, path, fields, noun }: Origin, ways: ReadonlySet<string>): IdentifierKind | null {
  if (kind === 'provider') return fields.find((field) => field.path === path.join('.'))?.kind ?? null;
  const leaf = path.at(-1);
  if (leaf === undefined) return /(Id|Uid|Sub)$/.test(noun) ? 'id' : /Email$/.test(noun) ? 'email' : null;
  const way = path.slice(0, -1);
  const leafKind = identityFields[leaf] ?? null;
  if (kind === 'session') return way.every((word) => sessionWords.has(word)) ? leafKind : null;
  const [slice, ...rest] = way;
  if (slice === undefined) return /^(current)?user_?(id|email)$/i.test(leaf) ? leafKind : null;
  const isWritten = path.some((_, end) => {
    const isWay = ways.has(path.slice(0, end + 1).join('.'));
    return isWay && path.slice(end + 1, -1).every((word) => sessionWords.has(word));
  });
  return isWritten || (sessionSlice.test(slice) && rest.every((word) => sessionWords.has(word))) ? leafKind : null;
}

function inState(modules: Modules, module: Module, path: NodePath, origin: Origin, kind: IdentifierKind): SessionField {
  return {
    ...selectorFor(modules, origin.path),
    kind,
    source: origin.source,
    evidence: evidenceAt(module.source, path.node),
    place: anyComponent,
    isReactive: true,
    access: null,
    key: keyOf(origin),
    rank: Rank.Known,
  };
}

/** A template leaves out the `.value` of a ref. */
function inScript(modules: Modules, module: Module, path: NodePath, text: string): string {
  if (!isInTemplate(module, path)) return text;
  let root = path;
  while (root.isMemberExpression() || root.isOptionalMemberExpression()) root = root.get('object') as NodePath;
  return root.isIdentifier() && isRef(modules, root, [])
    ? text.replace(root.node.name, `${root.node.name}.value`)
    : text;
}

/** What the template of a component with options names, its script has behind `this`. */
function isOfOptions(module: Module, path: NodePath): boolean {
  return isInTemplate(module, path) && module.source.vue?.scripts.some(({ isSetup }) => isSetup) !== true;
}

function isInTemplate({ source }: Module, { node }: NodePath): boolean {
  const template = source.vue?.template;
  return template != null && (node.start ?? 0) >= template.start && (node.end ?? 0) <= template.end;
}

const inFunction = { kind: 'function', name: '' } as const;

function inStore(modules: Modules, { way, kind, node, module, hook, source, reach }: StoreField): SessionField {
  const ownHook =
    hook === null
      ? null
      : {
          expression: `${hook}((state) => ${withFields('state', way, 1)})`,
          imports: [`${hook} of ${module.source.path}`],
        };
  return {
    ...(reach ?? ownHook ?? selectorFor(modules, way)),
    kind,
    source,
    evidence: evidenceAt(module.source, node),
    place: anyComponent,
    isReactive: true,
    access: null,
    key:
      reach !== undefined
        ? `${source} ${way.join('.')}`
        : hook === null
          ? `state ${way.join('.')}`
          : `the store ${hook} ${way.join('.')}`,
    rank: Rank.Known,
  };
}

function keyOf({ kind, source, path, noun }: Origin): string {
  const from = kind === 'state' ? 'state' : kind === 'provider' ? (source.split(':')[0] ?? '') : source;
  return `${from} ${path.join('.') || noun}`;
}

/** A name such as `loading` says that what it holds is no user, whatever is declared. */
function isWord(name: string): boolean {
  return !/^(is|has|set|can|should)[A-Z]|(loading|error|status|token|password)$/i.test(name);
}

/** `user.email` in `user.email.toLowerCase()` is read; `user.id` in `user.id()` is a method. */
function isCalled(path: NodePath): boolean {
  const { parent } = path;
  return (parent.type === 'CallExpression' || parent.type === 'OptionalCallExpression') && parent.callee === path.node;
}
