/** Tools that the kit does not serve, and why, with what to do instead. */
import type { RefusedTool } from './home';

const served =
  'This version supports Create React App 5 (with CRACO, react-app-rewired, or ejected), Vite 5 to 8, webpack 5, Rsbuild and Vue CLI 5, with React or Vue.';
const ofServer = (name: string) =>
  `The app is built by ${name}, which renders pages on a server. The engine lives in a worker of the browser, and what is on a server would see no data, or another user's. ${served}`;

export const refusedTools: Readonly<Record<RefusedTool, string>> = {
  'cra-rescripts': `The app runs react-scripts through rescripts. ${served} Move its changes to CRACO or react-app-rewired first; two of them cannot run at once.`,
  next: ofServer('Next.js'),
  nuxt: ofServer('Nuxt'),
  remix: ofServer('Remix, or React Router in framework mode'),
  astro: ofServer('Astro'),
  gatsby: ofServer('Gatsby'),
  'tanstack-start': ofServer('TanStack Start'),
  angular: `The app is built by Angular. ${served} The hooks and composables of the template do not apply to Angular.`,
  svelte: `The app is made with Svelte or SvelteKit. ${served} The hooks and composables of the template do not apply to Svelte.`,
  rspack: `The app is built by Rspack without Rsbuild. ${served} The plugin of zero-backend-sync/webpack runs in Rspack, but the app has to be wired by hand.`,
  parcel: `The app is built by Parcel, for which there is no plug-in that compiles the WASM with the salt of the app. ${served}`,
  none: `No build tool was found in package.json. ${served}`,
};
