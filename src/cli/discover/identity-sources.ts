/** What is known about where apps keep their user: auth providers by package, and the words that session code of an app's own is made of. */

/** How an identifier behaves over the years and how easily it is guessed (docs/threat-model.md). */
export type IdentifierKind =
  /** Long, random, made by a provider and never changed. */
  | 'opaque'
  /** The app's own id: stable, perhaps a small number. */
  | 'id'
  /** Known to everybody by design. */
  | 'public-key'
  | 'email'
  | 'name'
  | 'phone';

export interface KnownField {
  readonly path: string;
  readonly kind: IdentifierKind;
}

/** A function of an auth provider's package whose result, or a callback's parameter, is the session. */
export interface ProviderCall {
  readonly provider: string;
  /** Packages that export it; a test is made for the package or anything below it. */
  readonly modules: readonly string[];
  readonly name: string;
  /** Where the session comes as a parameter of a callback: the position of the callback and of the parameter. */
  readonly callback?: { readonly argument: number; readonly parameter: number };
  /** Best first. */
  readonly fields: readonly KnownField[];
  /** The hook to take where an app uses only components of the package. */
  readonly hook?: true;
}

const field = (path: string, kind: IdentifierKind): KnownField => ({ path, kind });
const firebaseUser = [field('uid', 'opaque'), field('email', 'email'), field('phoneNumber', 'phone')];
const supabaseUser = [field('id', 'opaque'), field('email', 'email'), field('phone', 'phone')];
const below = (prefix: string, fields: readonly KnownField[]) =>
  fields.map(({ path, kind }) => field(`${prefix}.${path}`, kind));
const msalAccount = [field('homeAccountId', 'opaque'), field('localAccountId', 'opaque'), field('username', 'email')];

const ownHook = (provider: string, module: string, name: string, ...fields: readonly KnownField[]): ProviderCall => ({
  provider,
  modules: [module],
  name,
  fields,
  hook: true,
});

export const providerCalls: readonly ProviderCall[] = [
  {
    provider: 'Auth0',
    modules: ['@auth0/auth0-react'],
    name: 'useAuth0',
    hook: true,
    fields: [field('user.sub', 'opaque'), field('user.email', 'email')],
  },
  {
    provider: 'Auth0',
    modules: ['@auth0/auth0-spa-js'],
    name: 'getUser',
    fields: [field('sub', 'opaque'), field('email', 'email')],
  },
  {
    provider: 'Firebase',
    modules: ['firebase/auth', '@firebase/auth', 'firebase/compat/auth'],
    name: 'onAuthStateChanged',
    callback: { argument: 1, parameter: 0 },
    fields: firebaseUser,
  },
  {
    provider: 'Firebase',
    modules: ['firebase/auth', '@firebase/auth', 'firebase/compat/auth'],
    name: 'onIdTokenChanged',
    callback: { argument: 1, parameter: 0 },
    fields: firebaseUser,
  },
  {
    provider: 'Firebase',
    modules: ['firebase/auth', '@firebase/auth'],
    name: 'getAuth',
    fields: below('currentUser', firebaseUser),
  },
  {
    provider: 'Firebase',
    modules: ['react-firebase-hooks/auth'],
    name: 'useAuthState',
    fields: below('0', firebaseUser),
  },
  { provider: 'Firebase', modules: ['reactfire'], name: 'useUser', fields: below('data', firebaseUser) },
  { provider: 'Firebase', modules: ['reactfire'], name: 'useSigninCheck', fields: below('data.user', firebaseUser) },
  {
    provider: 'Clerk',
    modules: ['@clerk/clerk-react', '@clerk/react'],
    name: 'useUser',
    hook: true,
    fields: [field('user.id', 'opaque'), field('user.primaryEmailAddress.emailAddress', 'email')],
  },
  {
    provider: 'Clerk',
    modules: ['@clerk/clerk-react', '@clerk/react'],
    name: 'useAuth',
    fields: [field('userId', 'opaque')],
  },
  {
    provider: 'Clerk',
    modules: ['@clerk/clerk-react', '@clerk/react'],
    name: 'useSession',
    fields: [field('session.user.id', 'opaque')],
  },
  {
    provider: 'Supabase',
    modules: ['@supabase/auth-helpers-react'],
    name: 'useUser',
    hook: true,
    fields: supabaseUser,
  },
  {
    provider: 'Supabase',
    modules: ['@supabase/auth-helpers-react'],
    name: 'useSession',
    fields: below('user', supabaseUser),
  },
  {
    provider: 'Supabase',
    modules: ['@supabase/auth-helpers-react'],
    name: 'useSessionContext',
    fields: below('session.user', supabaseUser),
  },
  {
    provider: 'Cognito',
    modules: ['aws-amplify', '@aws-amplify/auth'],
    name: 'getCurrentUser',
    fields: [field('userId', 'opaque'), field('username', 'name')],
  },
  {
    provider: 'Cognito',
    modules: ['aws-amplify', '@aws-amplify/auth'],
    name: 'fetchUserAttributes',
    fields: [field('sub', 'opaque'), field('email', 'email')],
  },
  {
    provider: 'Cognito',
    modules: ['@aws-amplify/ui-react'],
    name: 'useAuthenticator',
    fields: [field('user.userId', 'opaque'), field('user.attributes.sub', 'opaque'), field('user.username', 'name')],
  },
  {
    provider: 'MSAL',
    modules: ['@azure/msal-react'],
    name: 'useMsal',
    hook: true,
    fields: below('accounts.0', msalAccount),
  },
  { provider: 'MSAL', modules: ['@azure/msal-react'], name: 'useAccount', fields: msalAccount },
  {
    provider: 'Okta',
    modules: ['@okta/okta-react'],
    name: 'useOktaAuth',
    hook: true,
    fields: [field('authState.idToken.claims.sub', 'opaque'), field('authState.idToken.claims.email', 'email')],
  },
  {
    provider: 'OpenID Connect',
    modules: ['react-oidc-context'],
    name: 'useAuth',
    hook: true,
    fields: [field('user.profile.sub', 'opaque'), field('user.profile.email', 'email')],
  },
  {
    provider: 'OpenID Connect',
    modules: ['@axa-fr/react-oidc'],
    name: 'useOidcUser',
    hook: true,
    fields: [field('oidcUser.sub', 'opaque'), field('oidcUser.email', 'email')],
  },
  {
    provider: 'Keycloak',
    modules: ['@react-keycloak/web'],
    name: 'useKeycloak',
    hook: true,
    fields: [field('keycloak.subject', 'opaque'), field('keycloak.tokenParsed.sub', 'opaque')],
  },
  { provider: 'a wallet (wagmi)', modules: ['wagmi'], name: 'useAccount', fields: [field('address', 'public-key')] },
  {
    provider: 'a wallet (Solana)',
    modules: ['@solana/wallet-adapter-react'],
    name: 'useWallet',
    hook: true,
    fields: [field('publicKey', 'public-key')],
  },
  {
    provider: 'a wallet (web3-react)',
    modules: ['@web3-react/core'],
    name: 'useWeb3React',
    fields: [field('account', 'public-key')],
  },
  {
    provider: 'Nostr (NDK)',
    modules: ['@nostr-dev-kit/ndk-hooks', '@nostr-dev-kit/ndk-react'],
    name: 'useNDKCurrentUser',
    fields: [field('pubkey', 'public-key')],
  },
  {
    provider: 'Auth0',
    modules: ['@auth0/auth0-vue'],
    name: 'useAuth0',
    hook: true,
    fields: [field('user.sub', 'opaque'), field('user.email', 'email')],
  },
  {
    provider: 'Clerk',
    modules: ['@clerk/vue'],
    name: 'useUser',
    hook: true,
    fields: [field('user.id', 'opaque'), field('user.primaryEmailAddress.emailAddress', 'email')],
  },
  { provider: 'Clerk', modules: ['@clerk/vue'], name: 'useAuth', fields: [field('userId', 'opaque')] },
  { provider: 'Firebase', modules: ['vuefire'], name: 'useCurrentUser', hook: true, fields: firebaseUser },
  ownHook('Kinde', '@kinde-oss/kinde-auth-react', 'useKindeAuth', field('user.id', 'opaque')),
  ownHook('Descope', '@descope/react-sdk', 'useUser', field('user.userId', 'opaque')),
  ownHook('PropelAuth', '@propelauth/react', 'useAuthInfo', field('user.userId', 'opaque')),
  ownHook('Privy', '@privy-io/react-auth', 'usePrivy', field('user.id', 'opaque')),
  ownHook('Stytch', '@stytch/react', 'useStytchUser', field('user.user_id', 'opaque')),
  ownHook('SuperTokens', 'supertokens-auth-react', 'useSessionContext', field('userId', 'opaque')),
  ownHook('Netlify Identity', 'react-netlify-identity', 'useIdentityContext', field('user.id', 'opaque')),
];

/** Composables of those packages that give refs of Vue: how many words their refs are away from what they give. */
export const refCalls: readonly { readonly module: string; readonly name: string; readonly depth: number }[] = [
  { module: '@auth0/auth0-vue', name: 'useAuth0', depth: 1 },
  { module: '@clerk/vue', name: 'useUser', depth: 1 },
  { module: '@clerk/vue', name: 'useAuth', depth: 1 },
  { module: 'vuefire', name: 'useCurrentUser', depth: 0 },
];

/** Packages of components alone: signing in is theirs, and another package, or a client of the app, says who the user is. */
export const providerKits: readonly {
  readonly provider: string;
  readonly modules: readonly string[];
  readonly components: RegExp;
  /** What gives the session, as it is written. */
  readonly call: string;
  readonly from?: string;
  readonly fields: readonly KnownField[];
}[] = [
  {
    provider: 'Cognito',
    modules: ['@aws-amplify/ui-react'],
    components: /^(Authenticator|withAuthenticator|AmplifyAuthenticator)$/,
    call: 'useAuthenticator()',
    from: '@aws-amplify/ui-react',
    fields: [field('user.userId', 'opaque')],
  },
  {
    provider: 'Supabase',
    modules: ['@supabase/auth-ui-react'],
    components: /^Auth$/,
    call: 'Auth.useUser()',
    from: '@supabase/auth-ui-react',
    fields: [field('user.id', 'opaque')],
  },
  {
    provider: 'Firebase',
    modules: ['react-firebaseui', 'firebaseui'],
    components: /Firebase(ui)?Auth|^(firebaseui|auth)$/i,
    call: 'getAuth()',
    from: 'firebase/auth',
    fields: [field('currentUser.uid', 'opaque')],
  },
  {
    provider: 'a wallet (wagmi)',
    modules: ['@rainbow-me/rainbowkit', 'connectkit'],
    components: /^(ConnectButton|ConnectKitButton|RainbowKitProvider|ConnectKitProvider)$/,
    call: 'useAccount()',
    from: 'wagmi',
    fields: [field('address', 'public-key')],
  },
  {
    provider: 'a wallet (Solana)',
    modules: ['@solana/wallet-adapter-react-ui'],
    components: /^Wallet/,
    call: 'useWallet()',
    from: '@solana/wallet-adapter-react',
    fields: [field('publicKey', 'public-key')],
  },
];

/** Methods of a client object that give the session, such as `supabase.auth.getUser()`; `path` is matched at the end of what is called. */
export const clientCalls: readonly (Omit<ProviderCall, 'name' | 'modules'> & {
  readonly path: string;
  readonly needs: string;
})[] = [
  {
    provider: 'Supabase',
    path: 'auth.getUser',
    needs: '@supabase/supabase-js',
    fields: below('data.user', supabaseUser),
  },
  {
    provider: 'Supabase',
    path: 'auth.getSession',
    needs: '@supabase/supabase-js',
    fields: below('data.session.user', supabaseUser),
  },
  {
    provider: 'Supabase',
    path: 'auth.onAuthStateChange',
    needs: '@supabase/supabase-js',
    callback: { argument: 0, parameter: 1 },
    fields: below('user', supabaseUser),
  },
  {
    provider: 'Firebase',
    path: 'auth.onAuthStateChanged',
    needs: 'firebase',
    callback: { argument: 0, parameter: 0 },
    fields: firebaseUser,
  },
  {
    provider: 'Firebase',
    path: 'auth().onAuthStateChanged',
    needs: 'firebase',
    callback: { argument: 0, parameter: 0 },
    fields: firebaseUser,
  },
  {
    provider: 'Cognito',
    path: 'Auth.currentAuthenticatedUser',
    needs: 'aws-amplify',
    fields: [field('attributes.sub', 'opaque'), field('username', 'name'), field('attributes.email', 'email')],
  },
  { provider: 'Nostr (NIP-07)', path: 'nostr.getPublicKey', needs: '', fields: [field('', 'public-key')] },
];

/** Fields of an app's own user object that identify it. */
export const identityFields: Readonly<Record<string, IdentifierKind>> = {
  sub: 'opaque',
  uid: 'opaque',
  uuid: 'opaque',
  guid: 'opaque',
  oid: 'opaque',
  id: 'id',
  _id: 'id',
  userId: 'id',
  user_id: 'id',
  userID: 'id',
  accountId: 'id',
  currentUserId: 'id',
  pubkey: 'public-key',
  publicKey: 'public-key',
  npub: 'public-key',
  walletAddress: 'public-key',
  email: 'email',
  emailAddress: 'email',
  userEmail: 'email',
  username: 'name',
  userName: 'name',
  phone: 'phone',
  phoneNumber: 'phone',
};

/** What may stand between the session and the field; any other word (`author`, `selected`, `users`) is somebody else. */
export const sessionWords = new Set([
  'auth',
  'authentication',
  'session',
  'user',
  'currentUser',
  'authUser',
  'loggedInUser',
  'me',
  'viewer',
  'account',
  'profile',
  'identity',
  'data',
  'info',
  'userInfo',
  'claims',
  'idToken',
  'idTokenClaims',
  'tokenParsed',
  'attributes',
  'state',
  'value',
  'current',
  'payload',
  'entity',
  'userData',
]);

export const sessionHook =
  /^use(App)?(Auth|Authentication|CurrentUser|LoggedInUser|AuthUser|AuthenticatedUser|User|Session|CurrentSession|Me|Viewer|Identity|CurrentAccount|Account|MyProfile)(Context|Store|State|Data|Info|Query|Provider)?$/;
export const sessionContext =
  /^(App)?(Auth|Authentication|CurrentUser|LoggedInUser|AuthUser|User|Session|Me|Viewer|Identity|Account)(Context|Ctx|StateContext)$/;
export const sessionStore =
  /^(auth|authentication|session|user|currentUser|account|identity)(Store|State|Atom|Service)$/i;
export const sessionSelector =
  /^(select|get)(Current|Auth|Session|LoggedIn|My|App)*(User|Account|Me|Session|Viewer|Identity|Auth)(Id|Email|Uid|Sub)?$/;
export const sessionQuery =
  /^(use)?(Get|Fetch)?(Current_?User|Me|Viewer|Session|Who_?Am_?I|My_?(Profile|Account))_?(Query|Document)?$/i;
/** The first word below a store's state. */
export const sessionSlice =
  /^(auth|authentication|authReducer|userReducer|session|user|currentUser|account|me|profile|identity|viewer|login)$/;
/** A component's property of this name is the user of the session. */
export const sessionProps = new Set(['currentUser', 'authUser', 'loggedInUser', 'authenticatedUser']);
