/** The state of the stores of Pinia that a file exports, as it is bound. */
import type { NodePath } from '@babel/traverse';
import { returnedBy } from '../bindings';
import type { Modules } from '../modules';
import { nameOfStore, type StateRoot } from '../state-root';
import { placeOf } from '../state-shape';
import { exportedName } from './exports';
import { memberOf } from './objects';
import { isPersisted } from './persisted';
import { piniaStores } from './pinia';

export function piniaRoots(modules: Modules): readonly StateRoot[] {
  return piniaStores(modules).flatMap((store): readonly StateRoot[] => {
    const { made, hook, module, call } = store;
    const exported = exportedName(modules, call);
    const state = made.isFunction() ? made : memberOf(made, 'state');
    if (exported === null || !state?.isFunction()) return [];
    const [returned] = returnedBy(state);
    if (returned === undefined) return [];
    const { returnType } = state.node;
    const begun = placeOf(modules, returned as NodePath);
    const type =
      returnType?.type === 'TSTypeAnnotation' ? { node: returnType.typeAnnotation, scope: state.scope } : null;
    return [
      {
        store: { kind: 'pinia', file: module.source.path, name: exported.name, isDefault: exported.isDefault },
        path: call,
        module,
        place: { type: type ?? begun.type, value: begun.value },
        key: null,
        name: nameOfStore(hook),
        isKept: isPersisted(store),
      },
    ];
  });
}
