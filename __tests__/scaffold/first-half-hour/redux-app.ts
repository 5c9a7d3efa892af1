/** A Redux Toolkit app as its owner has it: a sign-in, a theme and a list, kept in localStorage. */
import type { OwnApp } from './support';

const session = `import { createSlice } from '@reduxjs/toolkit';
import type { PayloadAction } from '@reduxjs/toolkit';

export interface User {
  id: string;
}

const user: User | null = JSON.parse(localStorage.getItem('session') ?? 'null');

export const session = createSlice({
  name: 'session',
  initialState: { user },
  reducers: {
    signedIn: (state, action: PayloadAction<User>) => {
      state.user = action.payload;
    },
    signedOut: (state) => {
      state.user = null;
    },
  },
});
`;

const settings = `import { createSlice } from '@reduxjs/toolkit';
import type { PayloadAction } from '@reduxjs/toolkit';

export const settings = createSlice({
  name: 'settings',
  initialState: { theme: 'light', isPanelOpen: false },
  reducers: {
    themeChosen: (state, action: PayloadAction<string>) => {
      state.theme = action.payload;
    },
  },
});
`;

const todos = `import { createSlice, nanoid } from '@reduxjs/toolkit';
import type { PayloadAction } from '@reduxjs/toolkit';

export interface Todo {
  id: string;
  title: string;
  done: boolean;
}

export const todos = createSlice({
  name: 'todos',
  initialState: { items: [] as Todo[], filter: 'all' },
  reducers: {
    added: (state, action: PayloadAction<string>) => {
      state.items.push({ id: nanoid(), title: action.payload, done: false });
    },
    toggled: (state, action: PayloadAction<string>) => {
      const todo = state.items.find(({ id }) => id === action.payload);
      if (todo) todo.done = !todo.done;
    },
    removed: (state, action: PayloadAction<string>) => {
      state.items = state.items.filter(({ id }) => id !== action.payload);
    },
  },
});
`;

const store = `import { combineReducers, configureStore } from '@reduxjs/toolkit';
import { session } from './session';
import { settings } from './settings';
import { todos } from './todos';

const reducer = combineReducers({
  session: session.reducer,
  settings: settings.reducer,
  todos: todos.reducer,
});

const saved = localStorage.getItem('todo-app');
export const store = configureStore({ reducer, preloadedState: saved === null ? undefined : JSON.parse(saved) });
store.subscribe(() => {
  const { settings, todos } = store.getState();
  localStorage.setItem('todo-app', JSON.stringify({ settings, todos }));
});
export type State = ReturnType<typeof store.getState>;
`;

const app = `import { useState } from 'react';
import { useDispatch, useSelector } from 'react-redux';
import { session } from './session';
import { settings } from './settings';
import type { State } from './store';
import { todos } from './todos';

export default function App() {
  const user = useSelector((state: State) => state.session.user);
  const theme = useSelector((state: State) => state.settings.theme);
  const items = useSelector((state: State) => state.todos.items);
  const dispatch = useDispatch();
  const [text, setText] = useState('');
  if (!user)
    return (
      <form
        onSubmit={(event) => {
          event.preventDefault();
          dispatch(session.actions.signedIn({ id: text }));
          setText('');
        }}
      >
        <label>
          Account <input value={text} onChange={(event) => setText(event.target.value)} />
        </label>
      </form>
    );
  return (
    <main>
      <p>
        {user.id} <button onClick={() => dispatch(session.actions.signedOut())}>Sign out</button>
      </p>
      <label>
        Theme{' '}
        <select value={theme} onChange={(event) => dispatch(settings.actions.themeChosen(event.target.value))}>
          <option>light</option>
          <option>dark</option>
        </select>
      </label>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          dispatch(todos.actions.added(text));
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
              <input type="checkbox" checked={done} onChange={() => dispatch(todos.actions.toggled(id))} /> {title}
            </label>
            <button onClick={() => dispatch(todos.actions.removed(id))}>Remove {title}</button>
          </li>
        ))}
      </ol>
    </main>
  );
}
`;

const index = `import { createRoot } from 'react-dom/client';
import { Provider } from 'react-redux';
import App from './App';
import { store } from './store';

createRoot(document.getElementById('root') as HTMLElement).render(
  <Provider store={store}>
    <App />
  </Provider>,
);
`;

export const reduxApp: OwnApp = {
  template: 'cra-template-typescript',
  files: {
    'src/session.ts': session,
    'src/settings.ts': settings,
    'src/todos.ts': todos,
    'src/store.ts': store,
    'src/App.tsx': app,
    'src/index.tsx': index,
  },
  dependencies: { '@reduxjs/toolkit': '2.15.0', 'react-redux': '9.3.1' },
};
