import { discoverIdentity } from '../../src/cli/discover/identity';
import { memoryFiles } from '../../src/cli/discover/project-files';

/** The best proposal for an app that consists of one source file. */
function best(code: string, file = 'src/App.tsx'): string | null {
  const [first] = discoverIdentity(memoryFiles({ [file]: code })).proposals;
  return first === undefined ? null : first.parts.map((part) => part.expression).join(',');
}

describe('an identifier of the signed-in user is found in', () => {
  test.each<[name: string, expected: string, code: string]>([
    // Auth providers
    [
      'Auth0, used for its user',
      'user?.sub',
      `import { useAuth0 } from '@auth0/auth0-react'; function A() { const { user } = useAuth0(); return <p>{user.name}</p>; }`,
    ],
    [
      'Auth0, used for signing in only',
      'useAuth0().user?.sub',
      `import { useAuth0 } from '@auth0/auth0-react'; const A = () => { const { loginWithRedirect } = useAuth0(); return <b onClick={loginWithRedirect} />; };`,
    ],
    [
      'Auth0 under another name',
      'useIdentityProvider().user?.sub',
      `import { useAuth0 as useIdentityProvider } from '@auth0/auth0-react'; const A = () => useIdentityProvider().isLoading;`,
    ],
    [
      'Auth0 as a namespace',
      'user?.sub',
      `import * as auth0 from '@auth0/auth0-react'; const A = () => { const { user } = auth0.useAuth0(); return user.nickname; };`,
    ],
    [
      'Firebase, onAuthStateChanged',
      'getAuth().currentUser?.uid',
      `import { getAuth, onAuthStateChanged } from 'firebase/auth'; onAuthStateChanged(getAuth(), (user) => { setUser(user); });`,
    ],
    [
      'Firebase, currentUser of getAuth()',
      'id',
      `import { getAuth } from 'firebase/auth'; const id = getAuth().currentUser?.uid;`,
    ],
    [
      'Firebase, a client made elsewhere',
      'auth.currentUser?.uid',
      `import { auth } from './firebase'; export const id = () => auth.currentUser!.uid;`,
    ],
    [
      'Firebase, the compat API',
      'user?.uid',
      `import firebase from 'firebase/compat/app'; firebase.auth().onAuthStateChanged((user) => console.log(user.email));`,
    ],
    [
      'react-firebase-hooks',
      'user?.uid',
      `import { useAuthState } from 'react-firebase-hooks/auth'; function A() { const [user, loading] = useAuthState(auth); return user?.displayName; }`,
    ],
    [
      'ReactFire',
      'user?.uid',
      `import { useUser } from 'reactfire'; const A = () => { const { data: user } = useUser(); return user.photoURL; };`,
    ],
    [
      'Clerk, useUser',
      'user?.id',
      `import { useUser } from '@clerk/clerk-react'; const A = () => { const { isSignedIn, user } = useUser(); return user.fullName; };`,
    ],
    [
      'Clerk, useAuth',
      'userId',
      `import { useAuth } from '@clerk/clerk-react'; const A = () => { const { userId } = useAuth(); return userId; };`,
    ],
    [
      'Supabase, getUser',
      'user?.id',
      `import { createClient } from '@supabase/supabase-js'; const supabase = createClient(a, b); const { data: { user } } = await supabase.auth.getUser();`,
    ],
    [
      'Supabase, getSession of a client made elsewhere',
      'data.session.user.id',
      `import { supabase } from '../supabaseClient'; async function f() { const { data } = await supabase.auth.getSession(); return data.session.user.id; }`,
    ],
    [
      'Supabase, onAuthStateChange',
      'session?.user?.id',
      `import { supabase } from './client'; supabase.auth.onAuthStateChange((event, session) => setSession(session));`,
    ],
    [
      'Supabase, the React helpers',
      'user?.id',
      `import { useUser } from '@supabase/auth-helpers-react'; const A = () => { const user = useUser(); return user.email; };`,
    ],
    [
      'Cognito, Amplify 6',
      'userId',
      `import { getCurrentUser } from 'aws-amplify/auth'; const { userId, username } = await getCurrentUser();`,
    ],
    [
      'Cognito, Amplify 5',
      'user?.attributes?.sub',
      `import { Auth } from 'aws-amplify'; async function f() { const user = await Auth.currentAuthenticatedUser(); return user.attributes.email; }`,
    ],
    [
      "Cognito, Amplify's components",
      'user?.userId',
      `import { useAuthenticator } from '@aws-amplify/ui-react'; const A = () => { const { user, signOut } = useAuthenticator(); return user.username; };`,
    ],
    [
      'MSAL, useMsal',
      'accounts[0]?.homeAccountId',
      `import { useMsal } from '@azure/msal-react'; const A = () => { const { instance, accounts } = useMsal(); return accounts[0].name; };`,
    ],
    [
      'MSAL, useAccount',
      'account.homeAccountId',
      `import { useMsal, useAccount } from '@azure/msal-react'; const A = () => { const account = useAccount(other); return account.homeAccountId; };`,
    ],
    [
      'Okta',
      'authState?.idToken?.claims?.sub',
      `import { useOktaAuth } from '@okta/okta-react'; const A = () => { const { authState } = useOktaAuth(); return authState.idToken.claims.name; };`,
    ],
    [
      'an OpenID Connect client',
      'auth.user?.profile.sub',
      `import { useAuth } from 'react-oidc-context'; const A = () => { const auth = useAuth(); return auth.user?.profile.sub; };`,
    ],
    [
      'Keycloak',
      'keycloak?.subject',
      `import { useKeycloak } from '@react-keycloak/web'; const A = () => { const { keycloak } = useKeycloak(); return keycloak.authenticated; };`,
    ],
    // Public keys
    ['a Nostr extension (NIP-07)', 'pubkey', `const pubkey = await window.nostr.getPublicKey();`],
    [
      'a wallet through wagmi',
      'address',
      `import { useAccount } from 'wagmi'; const A = () => { const { address } = useAccount(); return address; };`,
    ],
    [
      'a Solana wallet',
      'useWallet().publicKey',
      `import { useWallet } from '@solana/wallet-adapter-react'; const A = () => useWallet().publicKey.toBase58();`,
    ],
    // Contexts and hooks of the app's own
    [
      'a hook of its own, destructured',
      'user.id',
      `import { useAuth } from './auth'; const A = () => { const { user } = useAuth(); return user.id; };`,
    ],
    [
      'a hook of its own, nested pattern',
      'email',
      `import { useAuth } from '../hooks/useAuth'; const A = () => { const { user: { email } } = useAuth(); return email; };`,
    ],
    [
      'a hook of its own, called in place',
      'useSession().user.id',
      `import useSession from 'hooks/useSession'; const A = () => useSession().user.id;`,
    ],
    [
      'a hook that returns the user',
      'me?._id',
      `import { useCurrentUser } from '@/hooks'; const A = () => { const me = useCurrentUser(); return me?._id; };`,
    ],
    [
      'a hook defined in the same file',
      'user.uuid',
      `const useUser = () => useContext(Ctx); const A = () => { const user = useUser(); return user.uuid; };`,
    ],
    [
      'a hook with a fallback',
      'user.id',
      `import { useAuth } from './auth'; const A = () => { const { user } = useAuth() ?? {}; return user.id; };`,
    ],
    [
      'a hook behind a type assertion',
      'user?.id',
      `import { useAuth } from './auth'; const A = () => { const { user } = useAuth() as Session; return (user as User)!.id; };`,
    ],
    ['a context', 'user.email', `const A = () => { const { user } = useContext(AuthContext); return user.email; };`],
    [
      'a context by React.useContext',
      'user.id',
      `const A = () => { const user = React.useContext(UserContext); return user.id; };`,
    ],
    [
      "React's use()",
      'session.userId',
      `const A = () => { const session = use(SessionContext); return session.userId; };`,
    ],
    [
      'a class component with a context type',
      'this.context.user.id',
      `class A extends React.Component { static contextType = AuthContext; render() { return this.context.user.id; } }`,
    ],
    [
      'a property that can only be the user',
      'currentUser.id',
      `export function Header({ currentUser }) { return <b>{currentUser.id}</b>; }`,
    ],
    // Stores
    [
      'Redux, a member of the state',
      'user.id',
      `const A = () => { const user = useSelector((state) => state.auth.user); return user.id; };`,
    ],
    [
      'Redux, the field itself',
      'useSelector((state) => state.user.email)',
      `const A = () => useSelector((state) => state.user.email);`,
    ],
    [
      'Redux, typed',
      'id',
      `const A = () => { const id = useAppSelector((state: RootState) => state.session.userId); return id; };`,
    ],
    [
      'Redux, a block body',
      'id',
      `const A = () => { const id = useSelector(function (s) { return s.auth.user.id; }); return id; };`,
    ],
    [
      'Redux, a selector by name',
      'user.id',
      `import { selectCurrentUser } from './userSlice'; const A = () => { const user = useSelector(selectCurrentUser); return user.id; };`,
    ],
    [
      'Redux, a selector of the id',
      'id',
      `import { selectUserId } from './slice'; const A = () => { const id = useSelector(selectUserId); return id; };`,
    ],
    [
      'Redux, where the selector is defined',
      'useSelector((state) => state.auth.user?.id)',
      `export const selectCurrentUser = (state) => state.auth.user.id;`,
    ],
    [
      'Redux, mapStateToProps',
      'useSelector((state) => state.auth.user?.id)',
      `const mapStateToProps = (state) => ({ userId: state.auth.user.id });`,
    ],
    [
      'Redux, outside React',
      'useSelector((state) => state.auth.user?.id)',
      `import { store } from './store'; export const id = () => store.getState().auth.user.id;`,
    ],
    [
      'Zustand, a store of the session',
      'id',
      `const A = () => { const id = useAuthStore((s) => s.user.id); return id; };`,
    ],
    [
      'Zustand, one store for all',
      'mail',
      `const A = () => { const mail = useStore((state) => state.user.email); return mail; };`,
    ],
    [
      'MobX',
      'authStore.user.id',
      `import { authStore } from './stores'; export const A = observer(() => <p>{authStore.user.id}</p>);`,
    ],
    ['Recoil', 'user.id', `const A = () => { const user = useRecoilValue(userState); return user.id; };`],
    ['Jotai', 'me.email', `const A = () => { const [me, setMe] = useAtom(currentUserAtom); return me.email; };`],
    // Server state
    [
      'React Query',
      'user.id',
      `const A = () => { const { data: user } = useQuery(['me'], fetchMe); return user.id; };`,
    ],
    [
      'React Query 5',
      'data.email',
      `const A = () => { const { data } = useQuery({ queryKey: ['currentUser'], queryFn }); return data.email; };`,
    ],
    [
      'RTK Query',
      'me.id',
      `import { useGetMeQuery } from './api'; const A = () => { const { data: me } = useGetMeQuery(); return me.id; };`,
    ],
    ['Apollo', 'data.me.id', `const A = () => { const { data } = useQuery(ME_QUERY); return data.me.id; };`],
    ['localStorage', 'id', `const user = JSON.parse(localStorage.getItem('user')); export const id = user.id;`],
  ])('%s', (_name, expected, code) => {
    const found = best(code);
    expect(found).toBe(expected);
  });
});

describe('nothing is proposed for', () => {
  test.each<[name: string, code: string, file?: string]>([
    ["somebody else's address", `const A = ({ post }) => <p>{post.author.email}</p>;`],
    ['the user of a comment', `const A = ({ comment }) => <p>{comment.user.id}</p>;`],
    ['a list of users', `const A = ({ users }) => users.map((user) => <li key={user.id}>{user.email}</li>);`],
    [
      'a hook for many users',
      `import { useUsers } from './api'; const A = () => { const { data } = useUsers(); return data.map((user) => user.id); };`,
    ],
    [
      'a user that is looked up',
      `import { useUser } from './api'; const A = ({ id }) => { const user = useUser(id); return user.email; };`,
    ],
    ['a user from the address bar', `const A = () => { const { userId } = useParams(); return userId; };`],
    ['a property called user', `export function UserCard({ user }) { return <p>{user.email}</p>; }`],
    ['a user that is fetched', `async function load(id) { const user = await fetchUser(id); return user.email; }`],
    ['the selected user of a store', `const A = () => useSelector((state) => state.users.selected.id);`],
    [
      'the author in a store',
      `const A = () => { const email = useSelector((state) => state.posts.current.author.email); return email; };`,
    ],
    [
      "the session's list of friends",
      `import { useAuth } from './auth'; const A = () => { const { user } = useAuth(); return user.friends[0].id; };`,
    ],
    ["the session's organisation", `import { useSession } from './s'; const A = () => useSession().organization.id;`],
    [
      'a sign-up form',
      `const A = () => { const [email, setEmail] = useState(''); return <input value={email} onChange={(e) => setEmail(e.target.value)} />; };`,
    ],
    [
      'the values of a form',
      `const A = () => { const formik = useFormik({ initialValues: { email: '' } }); return formik.values.email; };`,
    ],
    [
      'an argument of signing in',
      `import { useAuth } from './auth'; const A = ({ email, password }) => { const { signIn } = useAuth(); signIn({ email, password }); };`,
    ],
    ['a constant', `const user = { id: 'demo', email: 'demo@example.org' }; export const email = user.email;`],
    ['a string', `const help = 'const { user } = useAuth(); user.id';`],
    [
      'a comment',
      `// const { user } = useAuth0(); user.sub\nexport const a = 1; /* useSelector((s) => s.auth.user.id) */`,
    ],
    ['a type', `interface Session { user: { id: string; email: string } } type Id = Session['user']['id'];`],
    [
      'a test',
      `import { useAuth0 } from '@auth0/auth0-react'; const { user } = useAuth0(); user.sub;`,
      'src/App.test.tsx',
    ],
    [
      'a folder of tests',
      `import { useAuth } from './auth'; const { user } = useAuth(); user.id;`,
      'src/__tests__/session.ts',
    ],
    ['a mock', `import { useAuth } from './auth'; const { user } = useAuth(); user.id;`, 'src/__mocks__/auth.ts'],
    ['a mock server', `const { user } = useAuth(); export const id = user.id;`, 'src/mocks/handlers.ts'],
    [
      'a story',
      `import { useAuth0 } from '@auth0/auth0-react'; export const S = () => useAuth0().user.sub;`,
      'src/Header.stories.tsx',
    ],
    ['a declaration file', `declare const currentUser: { id: string };`, 'src/globals.d.ts'],
    [
      "another package's hook of the same name",
      `import { useSession } from 'some-websocket-library'; const A = () => useSession().id;`,
    ],
    [
      'a function of the same name that is no hook',
      `import { getUser } from './api'; const A = async ({ id }) => (await getUser(id)).email;`,
    ],
    [
      'a variable that hides the session',
      `import { useAuth } from './auth'; const A = ({ rows }) => { const { user } = useAuth(); return rows.map((user) => user.id); };`,
    ],
    [
      'a query for another user',
      `const A = ({ id }) => { const { data: user } = useQuery(['user', id], fetchUser); return user.email; };`,
    ],
    [
      'an item of localStorage that is no session',
      `const draft = JSON.parse(localStorage.getItem('draft')); export const id = draft.id;`,
    ],
    ['a file that cannot be read', `const { user } = useAuth( ; user.id`],
    ['an app without a session', `export default function App() { return <h1>Hello</h1>; }`],
  ])('%s', (_name, code, file = 'src/App.tsx') => {
    expect(best(code, file)).toBeNull();
  });
});

describe('proposals', () => {
  const of = (code: string) => discoverIdentity(memoryFiles({ 'src/App.tsx': code }));

  test('name the file and the line in which the identifier was found', () => {
    const { proposals } = of(
      `import { useAuth } from './auth';\n\nconst A = () => {\n  const { user } = useAuth();\n  return user.id;\n};\n`,
    );
    expect(proposals[0]?.parts[0]?.evidence).toEqual({ file: 'src/App.tsx', line: 5, text: 'return user.id;' });
  });

  test('rank what never changes before what can be guessed, and offer both together', () => {
    const { proposals } = of(`import { useAuth0 } from '@auth0/auth0-react'; const A = () => useAuth0().user.email;`);
    expect(proposals.map(({ parts }) => parts.map((part) => part.expression))).toEqual([
      ['useAuth0().user?.sub'],
      ['useAuth0().user?.sub', 'useAuth0().user.email'],
      ['useAuth0().user.email'],
    ]);
  });

  test('warn where all of them can be guessed', () => {
    const { proposals, warning } = of(`import { useAuth } from './auth'; const A = () => useAuth().user.email;`);
    expect(proposals.every((proposal) => proposal.guessable)).toBe(true);
    expect(warning).toMatch(/secret/);
  });

  test('do not warn where one of them cannot', () => {
    expect(of(`import { useUser } from '@clerk/clerk-react'; useUser();`).warning).toBeNull();
  });

  test('prefer a provider over what lies in localStorage', () => {
    const files = memoryFiles({
      'src/a.ts': `export const id = JSON.parse(localStorage.getItem('user')).id;`,
      'src/b.tsx': `import { useAuth0 } from '@auth0/auth0-react'; export const A = () => useAuth0().isLoading;`,
    });
    expect(discoverIdentity(files).proposals[0]?.parts[0]?.source).toBe('Auth0: useAuth0()');
  });

  test('leave the template out', () => {
    const files = memoryFiles({
      'src/lib/react.ts': `import { useSession } from './x'; export const a = () => useSession().user.id;`,
    });
    expect(discoverIdentity(files, { ignore: 'src/lib' }).proposals).toEqual([]);
  });
});
