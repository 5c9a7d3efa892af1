/** Where apps of Vue keep their user: the expression that is proposed, what it needs, and the line that says so. */
import { discoverIdentity } from '../../src/cli/discover/identity';
import { memoryFiles } from '../../src/cli/discover/project-files';

type Files = Readonly<Record<string, string>>;

const parts = (files: Files) =>
  discoverIdentity(memoryFiles(files)).proposals.flatMap(({ parts: [part] }) => part ?? []);
const best = (files: Files) => {
  const [part] = parts(files);
  return part === undefined
    ? null
    : [`${part.evidence.file}:${part.evidence.line}`, part.expression, ...part.imports].join(' | ');
};

const optionStore = `import { defineStore } from 'pinia';
import { api } from '../api';
export const useUserStore = defineStore('user', {
  state: () => ({ user: null, token: '' }),
  getters: { userId: (state) => state.user?.id },
  actions: {
    async login(credentials) {
      this.user = await api.login(credentials);
    },
  },
});
`;
const setupStore = (name: string, id: string) => `import { defineStore } from 'pinia';
import { ref, computed } from 'vue';
interface Member { uuid: string; email: string }
export const ${name} = defineStore('${id}', () => {
  const member = ref<Member | null>(null);
  const isIn = computed(() => member.value !== null);
  async function login(name: string, password: string) {
    member.value = await post('/login', { name, password });
  }
  return { member, isIn, login };
});
`;
const main = `import { createApp } from 'vue';\nimport App from './App.vue';\ncreateApp(App).mount('#app');\n`;
const empty = '<template>\n  <main />\n</template>\n';

describe('the user is found in', () => {
  test.each<[name: string, expected: string, files: Files]>([
    [
      'a store of Pinia with options that a page reads',
      'src/pages/Profile.vue:4 | useUserStore().user?.id | useUserStore of src/stores/user.js',
      {
        'src/main.js': main,
        'src/App.vue': empty,
        'src/stores/user.js': optionStore,
        'src/pages/Profile.vue': `<script setup>\nimport { useUserStore } from '@/stores/user';\nconst store = useUserStore();\nconst load = () => fetch('/api/' + store.user.id);\n</script>\n`,
      },
    ],
    [
      'a store that the root component reads, where its own names are the shortest way',
      'src/App.vue:4 | account.user?.id',
      {
        'src/main.js': main,
        'src/stores/user.js': optionStore,
        'src/App.vue': `<script setup>\nimport { useUserStore } from './stores/user';\nconst account = useUserStore();\nwatch(() => account.user?.id, load);\n</script>\n`,
      },
    ],
    [
      'a getter of a store, by its name',
      'src/pages/Profile.vue:4 | useUserStore().userId | useUserStore of src/stores/user.js',
      {
        'src/stores/user.js': optionStore,
        'src/pages/Profile.vue': `<script setup>\nimport { useUserStore } from '../stores/user';\nconst user = useUserStore();\nconst id = user.userId;\n</script>\n`,
      },
    ],
    [
      'a setup store of any name, by what signing in stores and the type of it',
      'src/stores/club.ts:5 | useClub().member?.uuid | useClub of src/stores/club.ts',
      {
        'src/stores/club.ts': setupStore('useClub', 'club'),
        'src/App.vue': `<script setup lang="ts">\nimport { useClub } from './stores/club';\nconst club = useClub();\n</script>\n\n<template>\n  <p v-if="club.member">in</p>\n</template>\n`,
      },
    ],
    [
      'refs of a store',
      'src/App.vue:5 | member.value?.uuid',
      {
        'src/main.ts': main,
        'src/stores/club.ts': setupStore('useClub', 'club'),
        'src/App.vue': `<script setup lang="ts">\nimport { storeToRefs } from 'pinia';\nimport { useClub } from './stores/club';\nconst { member } = storeToRefs(useClub());\nwatchEffect(() => console.log(member.value?.uuid));\n</script>\n`,
      },
    ],
    [
      'a template, which leaves out the value of a ref',
      'src/App.vue:6 | user.value.id',
      {
        'src/App.vue': `<script setup>\nimport { useAuth } from './auth';\nconst { user } = useAuth();\n</script>\n<template>\n  <p v-if="user">{{ user.id }}</p>\n</template>\n`,
        'src/auth.js': `import { ref } from 'vue';\nconst user = ref(null);\nexport function useAuth() {\n  return { user };\n}\n`,
      },
    ],
    [
      'a composable with a ref of its file',
      'src/views/Home.vue:4 | useAuth().user.value?.id | useAuth of src/composables/useAuth.ts',
      {
        'src/App.vue': empty,
        'src/composables/useAuth.ts': `import { ref, readonly } from 'vue';\nconst user = ref<{ id: string } | null>(null);\nexport function useAuth() {\n  async function signIn() {\n    user.value = await call('/sign-in');\n  }\n  return { user: readonly(user), signIn };\n}\n`,
        'src/views/Home.vue': `<script setup lang="ts">\nimport { useAuth } from '@/composables/useAuth';\nconst { user } = useAuth();\nconsole.log(user.value?.id);\n</script>\n`,
      },
    ],
    [
      'state that a file exports as it is',
      'src/Bar.vue:3 | session.account?.id | session of src/session.js',
      {
        'src/App.vue': empty,
        'src/session.js': `import { reactive } from 'vue';\nexport const session = reactive({ account: null });\nexport async function login() {\n  session.account = await call();\n}\n`,
        'src/Bar.vue': `<script setup>\nimport { session } from './session';\nconst id = computed(() => session.account?.id);\n</script>\n`,
      },
    ],
    [
      'the state of Vuex, through the store of a component',
      `src/views/Home.vue:8 | useStore().state.auth?.user?.id | useStore of vuex`,
      {
        'src/App.vue': empty,
        'src/store/index.js': `import { createStore } from 'vuex';\nimport auth from './auth';\nexport default createStore({ modules: { auth } });\n`,
        'src/store/auth.js': `export default {\n  namespaced: true,\n  state: () => ({ user: null }),\n  mutations: {\n    SET_USER(state, user) {\n      state.user = user;\n    },\n  },\n};\n`,
        'src/views/Home.vue': `<template>\n  <p>Home</p>\n</template>\n\n<script>\nexport default {\n  computed: {\n    path() { return '/u/' + this.$store.state.auth.user.id; },\n  },\n};\n</script>\n`,
      },
    ],
    [
      'what a component maps from Vuex',
      `src/views/Home.vue:3 | useStore().getters['auth/currentUser']?.id | useStore of vuex`,
      {
        'src/App.vue': empty,
        'src/store.js': `import { createStore } from 'vuex';\nexport const store = createStore({ state: { user: null } });\n`,
        'src/views/Home.vue': `<template>\n  <div>\n    <p v-if="currentUser">{{ currentUser.id }}</p>\n  </div>\n</template>\n<script>\nimport { mapGetters } from 'vuex';\nexport default { computed: { ...mapGetters('auth', ['currentUser']) } };\n</script>\n`,
      },
    ],
    [
      'what a component maps from Pinia',
      `src/views/Home.vue:8 | useUserStore().user?.id | useUserStore of src/stores/user.js`,
      {
        'src/App.vue': empty,
        'src/stores/user.js': optionStore,
        'src/views/Home.vue': `<script>\nimport { mapState } from 'pinia';\nimport { useUserStore } from '../stores/user';\nexport default {\n  computed: { ...mapState(useUserStore, { me: 'user' }) },\n  methods: {\n    load() {\n      return call(this.me.id);\n    },\n  },\n};\n</script>\n`,
      },
    ],
    [
      'what the app provides',
      'src/App.vue:5 | me.value?.sub',
      {
        'src/main.ts': `import { createApp, ref } from 'vue';\nimport App from './App.vue';\nimport { sessionKey } from './keys';\nimport { fetchMe } from './api';\nconst me = ref();\nasync function login() { me.value = await fetchMe(); }\ncreateApp(App).provide(sessionKey, me).mount('#app');\n`,
        'src/keys.ts': `import type { InjectionKey, Ref } from 'vue';\nexport const sessionKey: InjectionKey<Ref<{ sub: string } | null>> = Symbol('x');\n`,
        'src/App.vue': `<script setup lang="ts">\nimport { inject } from 'vue';\nimport { sessionKey } from './keys';\nconst me = inject(sessionKey);\nconst key = () => me.value?.sub;\n</script>\n`,
      },
    ],
    [
      'a guard of the router',
      'src/router/index.ts:5 | useAuthStore().user?.id | useAuthStore of src/stores/auth.ts',
      {
        'src/App.vue': empty,
        'src/stores/auth.ts': `import { defineStore } from 'pinia';\nexport const useAuthStore = defineStore('auth', () => {\n  const user = ref(null);\n  return { user };\n});\n`,
        'src/router/index.ts': `import { useAuthStore } from '@/stores/auth';\nconst router = createRouter({ routes });\nrouter.beforeEach((to) => {\n  const auth = useAuthStore();\n  if (to.meta.isPrivate && !auth.user?.id) return '/login';\n});\n`,
      },
    ],
    [
      'both scripts of a component, which import the same',
      'src/App.vue:7 | auth.user?.id',
      {
        'src/App.vue': `<script lang="ts">\nimport { useAuth } from './auth';\nexport const version = 1;\n</script>\n<script setup lang="ts">\nimport { useAuth } from './auth';\nconst auth = useAuth(); const id = () => auth.user?.id;\n</script>\n`,
      },
    ],
    [
      'the setup of a component with options',
      'src/App.vue:6 | user.value?.id',
      {
        'src/App.vue': `<script>\nimport { useAuth } from './auth';\nexport default defineComponent({\n  setup() {\n    const { user } = useAuth();\n    return { id: computed(() => user.value?.id) };\n  },\n});\n</script>\n`,
        'src/auth.js': `export const useAuth = () => { const user = ref(null); return { user }; };`,
      },
    ],
    [
      'a sign-in of Firebase that fills a ref',
      'src/App.vue:6 | user.value?.uid',
      {
        'src/App.vue': `<script setup>\nimport { ref } from 'vue';\nimport { onAuthStateChanged } from 'firebase/auth';\nconst user = ref(null);\nonAuthStateChanged(auth, (found) => { user.value = found; });\nwatch(() => user.value?.uid, load);\n</script>\n`,
      },
    ],
    [
      'the composable of Auth0',
      'src/components/Top.vue:3 | useAuth0().user.value?.sub | useAuth0 of @auth0/auth0-vue',
      {
        'src/App.vue': empty,
        'src/components/Top.vue': `<script setup>\nimport { useAuth0 } from '@auth0/auth0-vue';\nconst { loginWithRedirect } = useAuth0();\n</script>\n`,
      },
    ],
    [
      'what is kept in localStorage',
      'src/App.vue:3 | user.value.id',
      {
        'src/App.vue': `<script setup>\nimport { useStorage } from '@vueuse/core';\nconst user = useStorage('user', null); const id = user.value.id;\n</script>\n`,
      },
    ],
    [
      'a component in TypeScript without a file of its own',
      'src/App.ts:5 | user.value?.id',
      {
        'src/main.ts': `import { createApp } from 'vue';\nimport App from './App';\ncreateApp(App).mount('#app');\n`,
        'src/App.ts': `import { defineComponent, h } from 'vue';\nimport { useSession } from './session';\nexport default defineComponent({ setup() {\n  const { user } = useSession();\n  return () => h('p', user.value?.id);\n} });\n`,
        'src/session.ts': `import { ref } from 'vue';\nconst user = ref<{ id: number } | null>(null);\nexport const useSession = () => ({ user });\n`,
      },
    ],
    [
      'a store that the tools of the app import by themselves',
      'src/Top.vue:2 | useUserStore().user?.id | useUserStore of src/stores/user.js',
      {
        'src/App.vue': empty,
        'src/stores/user.js': optionStore,
        'src/Top.vue': `<script setup>\nconst id = () => useUserStore().user?.id;\n</script>\n`,
      },
    ],
    [
      'a composable that the tools of the app import by themselves',
      'src/Top.vue:3 | useAuth().user.value?.id | useAuth of src/composables/auth.ts',
      {
        'src/App.vue': empty,
        'src/composables/auth.ts': `const user = ref(null);\nexport const useAuth = () => ({ user });\n`,
        'src/Top.vue': `<script setup>\nconst { user } = useAuth();\nconst id = () => user.value?.id;\n</script>\n`,
      },
    ],
    [
      'stores that a component has by their ids',
      'src/Top.vue:6 | useUserStore().user?.id | useUserStore of src/stores/user.js',
      {
        'src/App.vue': empty,
        'src/stores/user.js': optionStore,
        'src/Top.vue': `<script>\nimport { mapStores } from 'pinia';\nimport { useUserStore } from './stores/user';\nexport default {\n  computed: { ...mapStores(useUserStore) },\n  methods: { load() { return call(this.userStore.user.id); } },\n};\n</script>\n`,
      },
    ],
    [
      'a store that is the default of its file',
      'src/Top.vue:3 | useSession().account?.id | useSession, the default of src/session.js',
      {
        'src/App.vue': empty,
        'src/session.js': `import { defineStore } from 'pinia';\nconst useSession = defineStore('session', { state: () => ({ account: null }) });\nexport default useSession;\n`,
        'src/Top.vue': `<script setup>\nimport useMe from './session';\nconst me = useMe(); const id = () => me.account.id;\n</script>\n`,
      },
    ],
    [
      'a store of Vuex that a file of the app gives',
      'src/Top.vue:4 | useStore().state.user?.id | useStore of src/store.ts',
      {
        'src/App.vue': empty,
        'src/store.ts': `import { createStore, useStore as baseUseStore } from 'vuex';\nexport const store = createStore({ state: { user: null } });\nexport function useStore() {\n  return baseUseStore(key);\n}\n`,
        'src/Top.vue': `<script setup lang="ts">\nimport { useStore } from './store';\nconst store = useStore();\nconst id = () => store.state.user?.id;\n</script>\n`,
      },
    ],
    [
      'the declared state of a module of Vuex, which a mutation fills',
      'src/store/member.ts:5 | useStore().state.member?.profile?.uid | useStore of vuex',
      {
        'src/App.vue': empty,
        'src/store/index.ts': `import { createStore } from 'vuex';\nimport member from './member';\nexport default createStore({ modules: { member } });\n`,
        'src/store/member.ts': `interface State { profile: { uid: string } | null }\nexport default {\n  state: (): State => ({ profile: null }),\n  mutations: {\n    SIGNED_IN(state: State, payload: { uid: string }) { state.profile = payload; },\n  },\n};\n`,
      },
    ],
    [
      'what options provide and inject',
      'src/Top.vue:4 | useAuth().user?.id | useAuth of src/auth.js',
      {
        'src/App.vue': `<script>\nimport { useAuth } from './auth';\nexport default { provide() { return { me: useAuth().user }; } };\n</script>\n`,
        'src/auth.js': `export const useAuth = () => api.auth;\n`,
        'src/Top.vue': `<script>\nexport default {\n  inject: ['me'],\n  methods: { load() { return call(this.me.id); } },\n};\n</script>\n`,
      },
    ],
    [
      'a property of the root component',
      'src/App.vue:3 | props.currentUser.id',
      {
        'src/App.vue': `<script setup lang="ts">\nconst props = defineProps<{ currentUser: { id: string } }>();\nwatch(() => props.currentUser.id, go);\n</script>\n`,
      },
    ],
    [
      'the composable of VueFire, which is a ref itself',
      'src/Top.vue:3 | useCurrentUser().value?.uid | useCurrentUser of vuefire',
      {
        'src/App.vue': empty,
        'src/Top.vue': `<script setup>\nimport { useCurrentUser } from 'vuefire';\nconst me = useCurrentUser();\n</script>\n`,
      },
    ],
    [
      'the composable of Clerk',
      'src/App.vue:3 | user.value?.id',
      {
        'src/App.vue': `<script setup>\nimport { useUser } from '@clerk/vue';\nconst { user } = useUser();\n</script>\n`,
      },
    ],
    [
      'a client of Supabase that fills a store',
      'src/Top.vue:3 | useMain().who?.id | useMain of src/main-store.js',
      {
        'src/App.vue': empty,
        'src/main-store.js': `import { defineStore } from 'pinia';\nimport { supabase } from './supabase';\nexport const useMain = defineStore('main', {\n  state: () => ({ who: null }),\n  actions: { async restore() { const { data } = await supabase.auth.getUser(); this.who = data.user; } },\n});\n`,
        'src/supabase.js': `import { createClient } from '@supabase/supabase-js';\nexport const supabase = createClient();\n`,
        'src/Top.vue': `<script setup>\nimport { useMain } from './main-store';\nconst main = useMain(); const id = () => main.who.id;\n</script>\n`,
      },
    ],
    [
      'what a component with options stores when somebody signs in',
      'src/App.vue:5 | this.user.id',
      {
        'src/App.vue': `<script>\nexport default {\n  data() { return { user: null }; },\n  methods: { async login() { this.user = await call(); },\n    save() { return put(this.user.id); } },\n};\n</script>\n`,
      },
    ],
  ])('%s', (_name, expected, files) => {
    expect(best(files)).toBe(expected);
  });
});

describe('nobody is guessed', () => {
  test.each<[name: string, files: Files]>([
    [
      'from what a loop of a template names',
      {
        'src/App.vue': `<script setup>\nimport { useAuth } from './auth';\nconst { user } = useAuth();\n</script>\n<template>\n  <p v-for="user in users">{{ user.id }}</p>\n</template>\n`,
      },
    ],
    [
      'from a store of many',
      {
        'src/users.js': `import { defineStore } from 'pinia';\nexport const useUsers = defineStore('users', { state: () => ({ user: null, list: [] }) });\n`,
        'src/A.vue': `<script setup>\nimport { useUsers } from './users';\nconst users = useUsers();\nconst id = users.user.id;\n</script>\n`,
      },
    ],
    [
      'from text of a template that looks like a script',
      {
        'src/A.vue': `<template>\n  <pre v-pre>&lt;script&gt; useAuth().user.id {{ useAuth().user.id }}</pre>\n  <!-- <script setup>useAuth().user.id</script> -->\n</template>\n`,
      },
    ],
    ['from a block that does not end', { 'src/A.vue': `<script setup>\nconst { user } = useAuth();` }],
    ['from a style', { 'src/A.vue': `<style>\n.user { width: v-bind('user.id') }\n</style>\n` }],
  ])('%s', (_name, files) => {
    expect(best(files)).toBeNull();
  });
});

test('lines are those of a file with Windows line ends', () => {
  const app = `<template>\r\n  <p>é</p>\r\n</template>\r\n\r\n<script setup>\r\nimport { useAuth } from './auth';\r\nconst auth = useAuth();\r\nconst id = auth.user.id;\r\n</script>\r\n`;
  expect(best({ 'src/App.vue': app })).toBe('src/App.vue:8 | auth.user.id');
});
