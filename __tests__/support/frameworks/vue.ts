import { createApp, defineComponent, h, nextTick, shallowRef } from 'vue';
import type { App, Component, Ref, VNode } from 'vue';
import { SyncProvider, useDocument, useQuery, useSyncEngine, useSyncStatus } from '../../../src/lib/vue';
import { useBoundState, useBoundStore, useQrCode, useSyncCode } from '../../../src/runtime/vue';
import type { Framework, Hooks, Part, View } from './framework';

/** Refs as properties. */
function readRefs<Refs extends object>(refs: Refs) {
  const entries = Object.entries(refs).map(([name, ref]: [string, unknown]) => [
    name,
    typeof ref === 'function' ? { value: ref } : { get: () => (ref as Ref).value as unknown },
  ]);
  return Object.defineProperties({}, Object.fromEntries(entries) as PropertyDescriptorMap) as {
    readonly [Name in keyof Refs]: Refs[Name] extends Readonly<Ref<infer Value>> ? Value : Refs[Name];
  };
}

const hooks: Hooks = {
  useDocument: (collection, id) => readRefs(useDocument(collection, id)) as never,
  useQuery: (collection, query) => readRefs(useQuery(collection, query)) as never,
  useSyncEngine: () => readRefs({ engine: useSyncEngine() }) as never,
  useSyncStatus: () => readRefs({ status: useSyncStatus() }),
  useSyncCode: (of) => readRefs(useSyncCode(of)),
  useQrCode: (link) => readRefs({ qrCode: useQrCode(link) }),
  useBoundStore: (of, store, bindings, options) => useBoundStore(() => of.engine, store, bindings, options),
  useBoundState(of, initial, bindings, options) {
    const state = shallowRef(initial);
    useBoundState(() => of.engine, state, bindings, options);
    return {
      get state() {
        return state.value;
      },
      change: (update) => {
        state.value = update(state.value);
      },
    };
  },
};

const components = new WeakMap<View<never>, Component>();

function componentOf(view: View<never>): Component {
  const component =
    components.get(view) ??
    defineComponent({
      props: ['given'],
      setup(props) {
        const show = view(hooks, () => props.given as never);
        return () => elementsOf(show());
      },
    });
  components.set(view, component);
  return component;
}

const elementsOf = (parts: readonly Part[]): VNode[] => parts.map(elementOf);

function elementOf(part: Part): VNode {
  if (typeof part === 'string') return h('p', part);
  if ('text' in part) return h('p', { 'data-testid': part.id }, part.text);
  if ('input' in part)
    return h('input', {
      'aria-label': part.input,
      value: part.value,
      onInput: ({ target }: Event) => void part.onInput((target as HTMLInputElement).value),
    });
  if ('button' in part) return h('button', { onClick: () => void part.onClick() }, part.button);
  if ('view' in part) return h(componentOf(part.view), { given: part.props ?? {} });
  const { provider, fallback, children } = part;
  return h(SyncProvider, provider as never, {
    default: () => elementsOf(children),
    ...(fallback && { fallback: ({ problem }: { problem: never }) => elementsOf(fallback(problem)) }),
  });
}

const mounted = new Set<() => void>();

/** Mounts it in an element of the document, as an app does. */
export function mountApp(root: Component, prepare: (app: App) => void = () => {}): { readonly unmount: () => void } {
  const element = document.body.appendChild(document.createElement('div'));
  const app = createApp(root);
  prepare(app);
  const unmount = () => {
    if (!mounted.delete(unmount)) return;
    app.unmount();
    element.remove();
  };
  app.mount(element);
  mounted.add(unmount);
  return { unmount };
}

export const vueFramework: Framework = {
  name: 'Vue',
  mount(parts) {
    const shown = shallowRef(parts);
    const { unmount } = mountApp(defineComponent(() => () => elementsOf(shown.value)));
    return {
      unmount,
      update: (next) =>
        vueFramework.act(() => {
          shown.value = next;
        }),
    };
  },
  async act(run) {
    run();
    await nextTick();
  },
  thrownBy(view) {
    const warned = jest.spyOn(console, 'warn').mockImplementation(() => {}); // Vue says it too.
    try {
      mountApp(componentOf(view));
    } catch (error) {
      return error;
    } finally {
      warned.mockRestore();
    }
    return undefined;
  },
  cleanup() {
    for (const unmount of [...mounted]) unmount();
  },
};
