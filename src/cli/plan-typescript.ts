/** The part of a plan that makes the app's compiler read the template: tsconfig.json, and a new one for a JavaScript app. */
import { isObject } from './discover/package-json';
import { addToJsonArray, parseJson, setJson, type Json } from './edit/json';
import type { Draft, PlanRequest } from './plan';

const file = 'tsconfig.json';
const assemblyScriptFiles = 'src/**/*.asm.ts';
/** The template iterates Maps and uses big integers; Babel emits the code, so this only tells the checker what it may meet. */
const lowestTarget = 'es2020';
const oldTargets = new Set(['es3', 'es5', 'es6', 'es2015', 'es2016', 'es2017', 'es2018', 'es2019']);

export function planTypescript({ files, facts }: PlanRequest, draft: Draft): void {
  const before = files.read(file);
  if (before === null) {
    planNew(draft, files.read('jsconfig.json'), files.read('src/react-app-env.d.ts'), facts.platform.versions.react);
    return;
  }
  const config = parseJson(file, before);
  const options = isObject(config) && isObject(config.compilerOptions) ? config.compilerOptions : {};
  let after = addToJsonArray(file, before, ['exclude'], assemblyScriptFiles);
  const { target } = options;
  if (typeof target === 'string' && oldTargets.has(target.toLowerCase()))
    after = setJson(file, after, ['compilerOptions', 'target'], lowestTarget);
  if (target === undefined && isObject(config) && config.extends === undefined)
    after = setJson(file, after, ['compilerOptions', 'target'], lowestTarget);
  for (const option of ['exactOptionalPropertyTypes', 'noPropertyAccessFromIndexSignature', 'erasableSyntaxOnly']) {
    if (options[option] === true)
      draft.note(
        `tsconfig.json turns on ${option}, which the template does not follow; errors in its files may have to be silenced.`,
      );
  }
  draft.write({
    path: file,
    before,
    after,
    role: 'edited',
    why: 'AssemblyScript is left to its own compiler; the template needs es2020',
  });
}

function planNew(draft: Draft, jsconfig: string | null, declarations: string | null, react: string | null): void {
  const given = jsconfig === null ? {} : parseJson('jsconfig.json', jsconfig);
  const givenOptions = isObject(given) && isObject(given.compilerOptions) ? given.compilerOptions : {};
  // Exactly what Create React App would write, so that its next start changes nothing.
  const config: Json = {
    compilerOptions: {
      target: lowestTarget,
      lib: ['dom', 'dom.iterable', 'esnext'],
      allowJs: true,
      skipLibCheck: true,
      esModuleInterop: true,
      allowSyntheticDefaultImports: true,
      strict: true,
      forceConsistentCasingInFileNames: true,
      noFallthroughCasesInSwitch: true,
      module: 'esnext',
      moduleResolution: 'node',
      resolveJsonModule: true,
      isolatedModules: true,
      noEmit: true,
      jsx: Number(/^\d+/.exec(react ?? '')?.[0] ?? 19) >= 17 ? 'react-jsx' : 'react',
      ...(givenOptions.baseUrl !== undefined && { baseUrl: givenOptions.baseUrl }),
    },
    include: ['src'],
    exclude: [assemblyScriptFiles],
  };
  const why = 'Create React App resolves TypeScript only with it';
  draft.write({ path: file, before: null, after: `${JSON.stringify(config, null, 2)}\n`, role: 'created', why });
  if (jsconfig !== null)
    draft.write({
      path: 'jsconfig.json',
      before: jsconfig,
      after: null,
      role: 'removed',
      why: 'its settings move to tsconfig.json; Create React App refuses both at once',
    });
  if (declarations === null) {
    draft.write({
      path: 'src/react-app-env.d.ts',
      before: null,
      after: '/// <reference types="react-scripts" />\n',
      role: 'created',
      why: 'Create React App writes it in TypeScript apps',
    });
  }
}
