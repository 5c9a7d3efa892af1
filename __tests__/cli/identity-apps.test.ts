/** Where an app of several files keeps its user: the expression that is proposed, and where it stands. */
import { discoverIdentity } from '../../src/cli/discover/identity';
import { memoryFiles } from '../../src/cli/discover/project-files';

type Files = Readonly<Record<string, string>>;

const proposals = (files: Files) => discoverIdentity(memoryFiles(files)).proposals.map(({ parts }) => parts);
const best = (files: Files) =>
  proposals(files)[0]
    ?.map(({ expression }) => expression)
    .join(',') ?? null;

const firebaseContext = (value: string, name = 'PeopleContext'): Files => ({
  'src/people.js': `import { createContext, useContext, useEffect, useState } from 'react';
import { onAuthStateChanged } from 'firebase/auth';
import { auth } from './firebase';
const ${name} = createContext();
export const usePeople = () => useContext(${name});
export function PeopleProvider({ children }) {
  const [person, setPerson] = useState(null);
  useEffect(() => onAuthStateChanged(auth, (found) => { setPerson(found); }), []);
  return <${name}.Provider value={${value}}>{children}</${name}.Provider>;
}`,
});

const slice = (reducers: string, initialState = '{ info: null }', name = 'member') =>
  `import { createSlice } from '@reduxjs/toolkit';
const ${name}Slice = createSlice({ name: '${name}', initialState: ${initialState}, reducers: { ${reducers} } });
export const { signedIn } = ${name}Slice.actions;
export default ${name}Slice.reducer;`;

describe('the user is found', () => {
  test.each<[name: string, expected: string, files: Files]>([
    // The expression at the evidence
    [
      'as the line has it, beside a user who is an author',
      'currentUser?.id',
      {
        'src/Post.js': `import { useAuth } from './auth';
export const Post = ({ post: { user } }) => {
  const { user: currentUser } = useAuth();
  return <p>{user.id === currentUser?.id && user.name}</p>;
};`,
      },
    ],
    [
      'by the name that it has where it is read',
      'viewer.id',
      {
        'src/A.js': `import { useSession } from './session'; export const A = () => { const { user: viewer } = useSession(); return viewer.id; };`,
      },
    ],
    [
      'in a component rather than in a callback that nothing else can see',
      'user?.uid',
      {
        'src/App.js': `import { getAuth, onAuthStateChanged } from 'firebase/auth';
export function App() {
  const [user, setUser] = useState(null);
  useEffect(() => onAuthStateChanged(getAuth(), (u) => { console.log(u.uid); setUser(u); }), []);
  return <p>{user ? 'in' : 'out'}</p>;
}`,
      },
    ],
    [
      'by a hook rather than by a client that tells no component of a change',
      'me?.uid',
      {
        'src/a.js': `import { getAuth } from 'firebase/auth'; export const save = () => getAuth().currentUser.uid;`,
        'src/b.js': `import { useAuthState } from 'react-firebase-hooks/auth'; export function B() { const [me] = useAuthState(auth); return me?.displayName; }`,
      },
    ],
    [
      'where a setter is handed on',
      'user?.uid',
      {
        'src/App.js': `import { onAuthStateChanged } from 'firebase/auth'; export function App() { const [user, setUser] = useState(); useEffect(() => onAuthStateChanged(auth, setUser), []); return user ? <A /> : <B />; }`,
      },
    ],
    [
      'where a promise sets the state',
      'session?.user?.id',
      {
        'src/App.js': `import { supabase } from './client';
export function App() {
  const [session, setSession] = useState(null);
  useEffect(() => { supabase.auth.getSession().then(({ data: { session: s } }) => { setSession(s); }); }, []);
  return session ? <Home /> : <Login />;
}`,
      },
    ],
    // Contexts and imports
    [
      'in a context of another name',
      'person?.uid',
      {
        ...firebaseContext('{ person }'),
        'src/App.js': `import { usePeople } from './people'; export const App = () => { const { person } = usePeople(); return <p>{person.displayName}</p>; };`,
      },
    ],
    [
      'in a context whose value is the user',
      'who?.uid',
      {
        ...firebaseContext('person'),
        'src/App.js': `import { usePeople } from './people'; export const App = () => { const who = usePeople(); return <p>{who.displayName}</p>; };`,
      },
    ],
    [
      'in a context whose value is a variable',
      'owner?.uid',
      {
        ...firebaseContext('useMemo(() => ({ owner: person, isIn: person !== null }), [person])'),
        'src/App.js': `import { usePeople } from './people'; export const App = () => { const { owner } = usePeople(); return <p>{owner.displayName}</p>; };`,
      },
    ],
    [
      'through baseUrl',
      'person?.uid',
      {
        'jsconfig.json': '{ "compilerOptions": { "baseUrl": "src" } }',
        ...firebaseContext('{ person }'),
        'src/pages/App.js': `import { usePeople } from 'people'; export const App = () => { const { person } = usePeople(); return <p>{person.displayName}</p>; };`,
      },
    ],
    [
      'through paths, and a file that only collects exports',
      'person?.uid',
      {
        'tsconfig.json': '{ "extends": "./tsconfig.paths.json" }',
        'tsconfig.paths.json': '{ "compilerOptions": { "baseUrl": ".", "paths": { "#state/*": ["src/state/*"] } } }',
        'src/state/index.js': `export { usePeople } from '../people';`,
        ...firebaseContext('{ person }'),
        'src/App.js': `import { usePeople } from '#state/index'; export const App = () => { const { person } = usePeople(); return <p>{person.displayName}</p>; };`,
      },
    ],
    [
      "by a hook of the app's own name that is imported through baseUrl",
      'user.id',
      {
        'tsconfig.json': '{ "compilerOptions": { "baseUrl": "src" } }',
        'src/session/useAuth.js': `export const useAuth = () => useContext(Ctx);`,
        'src/App.js': `import { useAuth } from 'session/useAuth'; export const App = () => { const { user } = useAuth(); return <p>{user.id}</p>; };`,
      },
    ],
    [
      'in a context that a sign-in of the app fills',
      'account?._id',
      {
        'src/store.tsx': `interface Person { _id: string; name: string }
const Store = createContext<{ account: Person | null }>({ account: null });
export function StoreProvider({ children }) {
  const [account, setAccount] = useState<Person | null>(null);
  const login = async (form) => { const { data } = await axios.post('/login', form); setAccount(data.account); };
  return <Store.Provider value={{ account, login }}>{children}</Store.Provider>;
}
export const useStore = () => useContext(Store);`,
        'src/App.tsx': `import { useStore } from './store'; export const App = () => { const { account } = useStore(); return <p>{account.name}</p>; };`,
      },
    ],
    // Declared, and read nowhere
    [
      'by an interface that nothing reads yet',
      'user?.id',
      {
        'src/auth.tsx': `export interface User { id: string; name: string }
interface AuthContextType { user: User | null; login(): Promise<void> }
const AuthContext = createContext<AuthContextType | undefined>(undefined);
export const useAuth = () => useContext(AuthContext)!;`,
        'src/App.tsx': `import { useAuth } from './auth'; export const App = () => { const { user } = useAuth(); return <p>{user?.name}</p>; };`,
      },
    ],
    [
      'by a type in another file that nothing reads yet',
      'session?.user?.userId',
      {
        'src/types.ts': `type Base = { userId: string }; export type Session = { user: Base & { avatar: string } };`,
        'src/session.ts': `import type { Session } from './types'; export function useSession(): Session { return useContext(Ctx); }`,
        'src/App.tsx': `import { useSession } from './session'; export const App = () => { const session = useSession(); return <img src={session.user.avatar} />; };`,
      },
    ],
    [
      'by an interface that extends another',
      'user?.id',
      {
        'src/App.tsx': `interface Entity { id: string } interface Me extends Entity { name: string }
const UserContext = createContext<Me | null>(null);
export const App = () => { const user = useContext(UserContext); return <p>{user.name}</p>; };`,
      },
    ],
    [
      'by the object that a context begins as',
      'user?.email',
      {
        'src/App.js': `const AuthContext = createContext({ user: { name: '', email: '' } }); export const App = () => { const { user } = useContext(AuthContext); return <p>{user.name}</p>; };`,
      },
    ],
    // Stores
    [
      'in a slice of any name that a sign-in fills with an id',
      'useSelector((state) => state.member.memberNo?.id)',
      { 'src/memberSlice.js': slice('signedIn: (state, { payload }) => { state.memberNo.id = payload.id; }') },
    ],
    [
      'in a slice under the name that the store gives it',
      'useSelector((state) => state.crew.userId)',
      {
        'src/memberSlice.js': slice('loginSuccess(state, action) { state.userId = action.payload.id; }'),
        'src/store.js': `import member from './memberSlice'; export const store = configureStore({ reducer: { crew: member } });`,
      },
    ],
    [
      'in what a thunk that signs in gives to a slice',
      'useSelector((state) => state.member.uid)',
      {
        'src/memberSlice.js': slice('', '{}').replace(
          'reducers: {  }',
          `extraReducers: (builder) => { builder.addCase(loginWithEmail.fulfilled, (state, action) => { state.uid = action.payload.uid; }); }`,
        ),
      },
    ],
    [
      'in what is dispatched to a slice',
      'useSelector((state) => state.member.info?.uid)',
      {
        'src/memberSlice.js': slice('signedIn: (state, action) => { state.info = action.payload; }'),
        'src/App.js': `import { signedIn } from './memberSlice'; export const App = () => { const go = (u) => dispatch(signedIn({ uid: u.uid, photo: u.photo })); return <b onClick={go} />; };`,
      },
    ],
    [
      'in a slice by the typed hook of the app',
      'useAppSelector((state) => state.member.userId)',
      {
        'src/memberSlice.ts': slice('signedIn: (state, action) => { state.userId = action.payload.id; }'),
        'src/hooks.ts': `export const useAppSelector: TypedUseSelectorHook<RootState> = useSelector;`,
      },
    ],
    [
      'in the slice of any name, where it is read',
      'number',
      {
        'src/memberSlice.js': slice('signedIn: (state, action) => { state.info = action.payload; }'),
        'src/App.js': `export const App = () => { const number = useSelector((state) => state.member.info.id); return <p>{number}</p>; };`,
      },
    ],
    [
      'in a reducer of an older kind',
      'useSelector((state) => state.who.userId)',
      {
        'src/who.js': `export default function whoReducer(state = {}, action) { switch (action.type) { case types.LOGIN_SUCCESS: return { ...state, userId: action.payload.id }; default: return state; } }`,
      },
    ],
    [
      'in a store of its own (Zustand)',
      'useWho((state) => state.person?.id)',
      {
        'src/who.ts': `export const useWho = create((set) => ({ person: null, login: async (form) => { const me = await post(form); set({ person: { id: me.id } }); } }));`,
      },
    ],
    // Components only
    [
      'in the components of Clerk',
      'useUser().user?.id',
      {
        'src/App.js': `import { ClerkProvider, SignedIn, UserButton } from '@clerk/clerk-react'; export const App = () => <SignedIn><UserButton /></SignedIn>;`,
      },
    ],
    [
      'in the provider of Auth0',
      'useAuth0().user?.sub',
      {
        'src/index.js': `import { Auth0Provider } from '@auth0/auth0-react'; render(<Auth0Provider domain="x"><App /></Auth0Provider>);`,
      },
    ],
    [
      "in Amplify's Authenticator",
      'useAuthenticator().user?.userId',
      {
        'src/App.js': `import { Authenticator } from '@aws-amplify/ui-react'; export default () => <Authenticator><Main /></Authenticator>;`,
      },
    ],
    [
      "in Amplify's withAuthenticator",
      'useAuthenticator().user?.userId',
      {
        'src/App.js': `import { withAuthenticator } from '@aws-amplify/ui-react'; export default withAuthenticator(Main);`,
      },
    ],
    [
      "in Supabase's Auth UI",
      'Auth.useUser().user?.id',
      {
        'src/App.js': `import { Auth } from '@supabase/auth-ui-react'; export default () => <Auth supabaseClient={client} />;`,
      },
    ],
    [
      "in MSAL's templates",
      'useMsal().accounts[0]?.homeAccountId',
      {
        'src/App.js': `import { AuthenticatedTemplate } from '@azure/msal-react'; export default () => <AuthenticatedTemplate><Main /></AuthenticatedTemplate>;`,
      },
    ],
    [
      "in Kinde's provider",
      'useKindeAuth().user?.id',
      {
        'src/App.js': `import { KindeProvider } from '@kinde-oss/kinde-auth-react'; export default () => <KindeProvider><Main /></KindeProvider>;`,
      },
    ],
    [
      "behind a wallet's button",
      'useAccount().address',
      {
        'src/App.js': `import { ConnectButton } from '@rainbow-me/rainbowkit'; export default () => <ConnectButton />;`,
      },
    ],
  ])('%s', (_name, expected, files) => {
    expect(best(files)).toBe(expected);
  });
});

describe('nothing is proposed for', () => {
  test.each<[name: string, files: Files]>([
    [
      'a context that holds somebody else',
      {
        'src/a.js': `const ShownContext = createContext(); export const P = ({ post }) => <ShownContext.Provider value={{ person: post.author }} />; export const A = () => { const { person } = useContext(ShownContext); return person.id; };`,
      },
    ],
    [
      'a context that a search fills',
      {
        'src/a.js': `const C = createContext(); export const P = () => { const [person, setPerson] = useState(null); const search = async (q) => { setPerson(await find(q)); }; return <C.Provider value={{ person, search }} />; }; export const A = () => { const { person } = useContext(C); return person.id; };`,
      },
    ],
    [
      'a slice of many',
      {
        'src/usersSlice.js': slice('signedIn: (state, action) => { state.userId = action.payload.id; }', '{}', 'users'),
      },
    ],
    [
      'what a slice keeps of a form',
      { 'src/formSlice.js': slice('setEmail: (state, action) => { state.email = action.payload; }', '{}', 'form') },
    ],
    ['what signing out writes', { 'src/memberSlice.js': slice('logout: (state) => { state.userId = null; }') }],
    [
      'what a failed sign-in writes',
      { 'src/memberSlice.js': slice('loginFailed: (state, action) => { state.email = action.payload.email; }') },
    ],
    [
      'a type alone',
      { 'src/types.ts': `export interface User { id: string } export interface Session { user: User }` },
    ],
    [
      'a type of something else',
      {
        'src/App.tsx': `interface Cart { id: string } const CartContext = createContext<Cart | null>(null); export const App = () => { const cart = useContext(CartContext); return <p>{cart.total}</p>; };`,
      },
    ],
    [
      'the types of a sign-in library',
      { 'src/types.ts': `import type { User } from '@auth0/auth0-react'; export type Me = User;` },
    ],
    [
      'a component of a library that signs nobody in',
      { 'src/App.js': `import { Button } from '@mui/material'; export const App = () => <Button />;` },
    ],
    [
      'a theme of a sign-in library',
      { 'src/App.js': `import { ThemeSupa } from '@supabase/auth-ui-shared'; export const theme = ThemeSupa;` },
    ],
    [
      'other components of Amplify',
      {
        'src/App.js': `import { Button, Flex } from '@aws-amplify/ui-react'; export const App = () => <Flex><Button /></Flex>;`,
      },
    ],
    [
      'a flag beside the user',
      {
        'src/App.js': `const AuthContext = createContext({ isLoading: { id: 1 } }); export const App = () => { const { isLoading } = useContext(AuthContext); return isLoading; };`,
      },
    ],
    [
      'a package below baseUrl that is none of the app',
      {
        'jsconfig.json': '{ "compilerOptions": { "baseUrl": "src" } }',
        'src/App.js': `import { useSession } from 'websockets'; export const App = () => useSession().id;`,
      },
    ],
    [
      'names that go round in a circle',
      {
        'src/a.js': `import { useB } from './b'; export const useA = () => useB();`,
        'src/b.js': `import { useA } from './a'; export const useB = () => useA(); export const B = () => useB().id;`,
      },
    ],
    [
      'a file that declares a name twice',
      { 'src/a.js': `import { useAuth } from './auth'; const useAuth = 1; const useAuth = 2; useAuth().user.id;` },
    ],
  ])('%s', (_name, files) => {
    expect(best(files)).toBeNull();
  });
});

test('the same candidate is named once, however many files read it', () => {
  const read = `import { useAuth } from './auth'; export const A = () => { const { user } = useAuth(); return user.id; };`;
  const found = proposals({ 'src/a.js': read, 'src/b.js': read, 'src/c.js': read.replace(/user\.id/, 'user?.id') });
  expect(found).toHaveLength(1);
});

test('two identifiers of one bare name are two candidates', () => {
  const files = {
    'src/a.js': `export const A = () => { const id = useSelector((s) => s.auth.user.id); return id; };`,
    'src/b.js': `import { useClerk } from 'x'; import { useUser } from '@clerk/clerk-react'; export const B = () => { const { user: { id } } = useUser(); return id; };`,
  };
  const named = proposals(files).filter((parts) => parts.length === 1 && parts[0]?.expression === 'id');
  expect(named.map(([part]) => part?.evidence.file)).toEqual(['src/b.js', 'src/a.js']);
});

test('a candidate says in which place it can stand, and what has to be imported there', () => {
  const [[part] = []] = proposals({
    'src/memberSlice.js': slice('signedIn: (state, action) => { state.userId = action.payload.id; }'),
  });
  expect(part).toMatchObject({
    place: { kind: 'component' },
    isReactive: true,
    imports: ['useSelector of react-redux'],
  });
  const [[inCallback] = []] = proposals({
    'src/a.js': `import firebase from 'firebase/compat/app'; firebase.auth().onAuthStateChanged((user) => log(user.uid));`,
  });
  expect(inCallback).toMatchObject({ expression: 'user.uid', place: { kind: 'function' }, isReactive: false });
});
