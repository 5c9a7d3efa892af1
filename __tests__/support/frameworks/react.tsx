import { act, cleanup, render } from '@testing-library/react';
import { createElement, Fragment, useState } from 'react';
import type { ComponentType, ReactNode } from 'react';
import { SyncProvider, useDocument, useQuery, useSyncEngine, useSyncStatus } from '../../../src/lib/react';
import { useBoundState, useBoundStore, useQrCode, useSyncCode } from '../../../src/runtime/react';
import type { Framework, Hooks, Part, View } from './framework';

const hooks: Hooks = {
  useDocument(collection, id) {
    const [document, patch, problem] = useDocument(collection, id());
    return { document, patch, problem };
  },
  useQuery: (collection, query) => useQuery(collection, query?.()),
  useSyncEngine: () => ({ engine: useSyncEngine() }),
  useSyncStatus: () => ({ status: useSyncStatus() }),
  useSyncCode: (of) => useSyncCode(of),
  useQrCode: (link) => ({ qrCode: useQrCode(link()) }),
  useBoundStore: ({ engine }, store, bindings, options) => useBoundStore(engine, store, bindings, options),
  useBoundState({ engine }, initial, bindings, options) {
    const [state, setState] = useState(initial);
    useBoundState(engine, state, setState, bindings, options);
    return { state, change: setState };
  },
};

const components = new WeakMap<View<never>, ComponentType<{ readonly given: never }>>();

function componentOf(view: View<never>) {
  const component = components.get(view) ?? (({ given }) => elementsOf(view(hooks, () => given)()));
  components.set(view, component);
  return component;
}

function elementsOf(parts: readonly Part[]): ReactNode {
  return parts.map((part, index) => <Fragment key={index}>{elementOf(part)}</Fragment>);
}

function elementOf(part: Part): ReactNode {
  if (typeof part === 'string') return <p>{part}</p>;
  if ('text' in part) return <p data-testid={part.id}>{part.text}</p>;
  if ('input' in part)
    return (
      <input aria-label={part.input} value={part.value} onChange={({ target }) => void part.onInput(target.value)} />
    );
  if ('button' in part) return <button onClick={() => void part.onClick()}>{part.button}</button>;
  if ('view' in part) return createElement(componentOf(part.view), { given: (part.props ?? {}) as never });
  const { provider, fallback, children } = part;
  return (
    <SyncProvider {...provider} {...(fallback && { fallback: (problem) => elementsOf(fallback(problem)) })}>
      {elementsOf(children)}
    </SyncProvider>
  );
}

export const reactFramework: Framework = {
  name: 'React',
  mount(parts) {
    const { rerender, unmount } = render(<>{elementsOf(parts)}</>);
    return {
      update: (next) => reactFramework.act(() => rerender(<>{elementsOf(next)}</>)),
      unmount,
    };
  },
  async act(run) {
    act(run);
  },
  thrownBy(view) {
    const logged = jest.spyOn(console, 'error').mockImplementation(() => {}); // React says it too.
    try {
      render(<>{elementsOf([{ view }])}</>);
    } catch (error) {
      return error;
    } finally {
      logged.mockRestore();
    }
    return undefined;
  },
  cleanup,
};
