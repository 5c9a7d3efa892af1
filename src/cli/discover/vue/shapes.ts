/** What the calls of Vue and Pinia have as their shape: the type that they are given, or the values that they begin with. */
import type { NodePath } from '@babel/traverse';
import type { CallExpression, Node } from '@babel/types';
import { unwrapped, vueCallee } from './calls';
import { givenBy, memberOf } from './objects';

export interface ShapeInVue {
  readonly type: Node | null;
  readonly values: readonly NodePath[];
  /** From the type or the values to what is asked for. */
  readonly way: readonly string[];
}

/** `null` where the call is none of theirs. @param type the first argument of its type */
export function shapeInVue(
  call: NodePath<CallExpression>,
  type: Node | null,
  way: readonly string[],
): ShapeInVue | null {
  const [first, second] = call.get('arguments') as NodePath[];
  const values = first === undefined ? [] : [first];
  switch (vueCallee(call)) {
    case 'ref':
    case 'shallowRef':
    case 'reactive':
    case 'shallowReactive':
    case 'readonly':
      return { type, values, way: unwrapped(way) };
    case 'computed':
      return { type, values: givenBy(first ?? null), way: unwrapped(way) };
    case 'storeToRefs':
    case 'toRefs':
      return { type: null, values, way: [...way.slice(0, 1), ...unwrapped(way.slice(1))] };
    case 'inject':
      return { type, values: second === undefined ? [] : [second], way: unwrapped(way) };
    case 'useStorage':
    case 'useLocalStorage':
    case 'useSessionStorage':
      return { type, values: second === undefined ? [] : [second], way: unwrapped(way) };
    case 'defineProps':
      return { type, values: [], way };
    case 'defineStore': {
      const made = second ?? first ?? null;
      return { type: null, values: made?.isFunction() ? givenBy(made) : givenBy(memberOf(made, 'state')), way };
    }
    default:
      return null;
  }
}
