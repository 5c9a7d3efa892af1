/** Data that an app of Vue holds in memory: stores of Pinia and Vuex, and reactive state that its files share. */
import type { CallExpression, Node, ObjectExpression, Program } from '@babel/types';
import { calleeName, declared, isData, listsInWords, returned, shapeOf, valueOf } from '../list-shapes';
import { visitNodes, type SourceFile } from '../syntax';

export interface VueData {
  readonly node: Node;
  /** In words: `the list items`. */
  readonly shape: string | null;
  /** In words: `the store "todos"`. */
  readonly where: string;
}

/** What all parts of the app share. */
export function findVueData(source: SourceFile): readonly VueData[] {
  const found: VueData[] = [];
  const { program } = source.ast;
  visitNodes([program], (node) => {
    if (node.type === 'CallExpression' && calleeName(node) === 'defineStore') {
      const [first, second] = node.arguments;
      const id = first?.type === 'StringLiteral' ? first : valueOf(first, 'id');
      const where = id?.type === 'StringLiteral' ? `the store "${id.value}"` : 'a store';
      const made = second ?? first;
      const isSetup = made?.type === 'ArrowFunctionExpression' || made?.type === 'FunctionExpression';
      if (isSetup) found.push({ node, shape: listsInWords(listsIn(made.body)), where });
      else found.push({ node, shape: shapeOf(stateOf(source, made)), where });
      return false;
    }
    const isVuex = node.type === 'ObjectExpression' && valueOf(node, 'mutations') !== null;
    if (isVuex)
      found.push({
        node: propertyNode(node, 'state') ?? node,
        shape: shapeOf(stateOf(source, node)),
        where: 'the Vuex store',
      });
    return true;
  });
  if (source.vue === null) found.push(...sharedState(program));
  return found;
}

/** State of the file itself, which every component that imports it shares. */
function sharedState({ body }: Program): readonly VueData[] {
  return body.flatMap((statement) => {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration?.type !== 'VariableDeclaration') return [];
    const where = 'state that components share';
    return declaration.declarations.flatMap(({ id, init }): readonly VueData[] => {
      if (id.type !== 'Identifier' || init?.type !== 'CallExpression' || !isData(id.name)) return [];
      if (isList(init)) return [{ node: init, shape: listsInWords([id.name]), where }];
      return isReactive(init) ? [{ node: init, shape: shapeOf(init.arguments[0] as Node), where }] : [];
    });
  });
}

/** The names of lists that components hold for themselves: `const items = ref([])`, and lists of `data()`. */
export function listsInComponent(node: Node): readonly string[] {
  if (node.type === 'VariableDeclarator' && node.id.type === 'Identifier' && node.init?.type === 'CallExpression')
    return isList(node.init) ? [node.id.name] : [];
  if (node.type !== 'ObjectMethod' || node.key.type !== 'Identifier' || node.key.name !== 'data') return [];
  const last = node.body.body.at(-1);
  const data = last?.type === 'ReturnStatement' ? last.argument : null;
  return (data?.type === 'ObjectExpression' ? data.properties : []).flatMap((property) =>
    property.type === 'ObjectProperty' &&
    property.key.type === 'Identifier' &&
    property.value.type === 'ArrayExpression'
      ? [property.key.name]
      : [],
  );
}

function listsIn(body: Node): readonly string[] {
  const names: string[] = [];
  visitNodes([body], (node) => {
    names.push(...listsInComponent(node));
    if (node.type === 'CallExpression' && isReactive(node)) {
      const [first] = node.arguments;
      if (first?.type === 'ObjectExpression')
        names.push(
          ...first.properties.flatMap((property) =>
            property.type === 'ObjectProperty' &&
            property.key.type === 'Identifier' &&
            property.value.type === 'ArrayExpression'
              ? [property.key.name]
              : [],
          ),
        );
    }
    return true;
  });
  return names;
}

function isReactive(node: CallExpression): boolean {
  return /^(shallowR|r)eactive$/.test(calleeName(node));
}

/** `ref([])`, `ref<Todo[]>(...)`, `reactive([])`, and what VueUse keeps in localStorage as a list. */
function isList(node: CallExpression): boolean {
  const name = calleeName(node);
  if (!/^((shallowR|r)(ef|eactive)|use(Local)?Storage)$/.test(name)) return false;
  const [type] = node.typeParameters?.type === 'TSTypeParameterInstantiation' ? node.typeParameters.params : [];
  const begun = node.arguments[/Storage$/.test(name) ? 1 : 0];
  return type?.type === 'TSArrayType' || (begun !== undefined && shapeOf(begun as Node) === 'a list');
}

/** The object that the options of a store begin their state with. */
function stateOf(source: SourceFile, options: Node | null | undefined): Node | null {
  const state = options?.type === 'ObjectExpression' ? stateMember(options) : null;
  const given = state?.type === 'Identifier' ? declared(source, state.name) : state;
  if (given?.type !== 'ObjectMethod') return returned(given ?? undefined) ?? given;
  const last = given.body.body.at(-1);
  return last?.type === 'ReturnStatement' ? (last.argument ?? null) : null;
}

function stateMember(options: ObjectExpression): Node | null {
  const method = options.properties.find(
    (property) =>
      property.type === 'ObjectMethod' && property.key.type === 'Identifier' && property.key.name === 'state',
  );
  return method ?? valueOf(options, 'state');
}

function propertyNode(object: ObjectExpression, name: string): Node | null {
  return (
    object.properties.find(
      (property) =>
        property.type !== 'SpreadElement' && property.key.type === 'Identifier' && property.key.name === name,
    ) ?? null
  );
}
