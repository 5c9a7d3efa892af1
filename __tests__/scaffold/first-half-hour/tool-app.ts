/** A tool without users as its owner has it: a setting and a list in a context with a reducer, kept in localStorage. */
import type { OwnApp } from './support';

const state = `import { createContext, useContext, useEffect, useReducer } from 'react';
import type { Dispatch, ReactNode } from 'react';

export interface State {
  theme: string;
  items: { id: string; title: string; done: boolean }[];
}

export type Action =
  | { type: 'themeChosen'; theme: string }
  | { type: 'added'; title: string }
  | { type: 'toggled'; id: string }
  | { type: 'removed'; id: string };

const saved = localStorage.getItem('tool');
const initial: State = saved === null ? { theme: 'light', items: [] } : JSON.parse(saved);

function reduce(state: State, action: Action): State {
  switch (action.type) {
    case 'themeChosen':
      return { ...state, theme: action.theme };
    case 'added':
      return { ...state, items: [...state.items, { id: crypto.randomUUID(), title: action.title, done: false }] };
    case 'toggled':
      return {
        ...state,
        items: state.items.map((item) => (item.id === action.id ? { ...item, done: !item.done } : item)),
      };
    case 'removed':
      return { ...state, items: state.items.filter((item) => item.id !== action.id) };
  }
}

const StateContext = createContext<[State, Dispatch<Action>]>([initial, () => {}]);
export const useAppState = () => useContext(StateContext);

export function StateProvider({ children }: { children: ReactNode }) {
  const [state, dispatch] = useReducer(reduce, initial);
  useEffect(() => localStorage.setItem('tool', JSON.stringify(state)), [state]);
  return <StateContext.Provider value={[state, dispatch]}>{children}</StateContext.Provider>;
}
`;

const app = `import { useState } from 'react';
import { useAppState } from './state';

export default function App() {
  const [{ theme, items }, dispatch] = useAppState();
  const [text, setText] = useState('');
  return (
    <main>
      <label>
        Theme{' '}
        <select value={theme} onChange={(event) => dispatch({ type: 'themeChosen', theme: event.target.value })}>
          <option>light</option>
          <option>dark</option>
        </select>
      </label>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          dispatch({ type: 'added', title: text });
          setText('');
        }}
      >
        <label>
          New <input value={text} onChange={(event) => setText(event.target.value)} />
        </label>
      </form>
      <ol>
        {items.map(({ id, title, done }) => (
          <li key={id}>
            <label>
              <input type="checkbox" checked={done} onChange={() => dispatch({ type: 'toggled', id })} /> {title}
            </label>
            <button onClick={() => dispatch({ type: 'removed', id })}>Remove {title}</button>
          </li>
        ))}
      </ol>
    </main>
  );
}
`;

const index = `import { createRoot } from 'react-dom/client';
import App from './App';
import { StateProvider } from './state';

createRoot(document.getElementById('root') as HTMLElement).render(
  <StateProvider>
    <App />
  </StateProvider>,
);
`;

export const toolApp: OwnApp = {
  template: 'cra-template-typescript',
  files: { 'src/state.tsx': state, 'src/App.tsx': app, 'src/index.tsx': index },
};
