/** A React app of Rsbuild 2 in TypeScript, as create-rsbuild lays it out. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HomeApp } from './home-app';
import { installedApp } from './installed-app';

export const rsbuildApp: HomeApp = {
  installed: () => installedApp(source),
  setBase(app, base) {
    if (base === '/') return;
    const config = join(app, 'rsbuild.config.ts');
    const text = readFileSync(config, 'utf8');
    writeFileSync(
      config,
      text.replace('defineConfig({\n', `defineConfig({\n  server: { base: '${base.slice(0, -1)}' },\n`),
    );
  },
  develop: (port) => ({ args: ['dev', '--', '--port', String(port), '--host', '127.0.0.1'] }),
  output: 'dist',
  root: 'App.tsx',
};

const source = {
  name: 'rsbuild-react-ts',
  packageJson: {
    type: 'module',
    scripts: { dev: 'rsbuild dev', build: 'tsc --noEmit && rsbuild build', preview: 'rsbuild preview' },
    dependencies: { react: '^19.0.0', 'react-dom': '^19.0.0' },
    devDependencies: {
      '@rsbuild/core': '2.3.2',
      '@rsbuild/plugin-react': '2.1.1',
      '@types/react': '^19.0.0',
      '@types/react-dom': '^19.0.0',
      typescript: '5.9.3',
    },
  },
  files: {
    '.gitignore': '# Local\n.DS_Store\n*.local\n*.log*\n\n# Dist\nnode_modules\ndist/\n',
    'rsbuild.config.ts': `import { defineConfig } from '@rsbuild/core';
import { pluginReact } from '@rsbuild/plugin-react';

export default defineConfig({
  plugins: [pluginReact()],
});
`,
    'src/App.tsx': 'const App = () => <h1>learn react</h1>;\n\nexport default App;\n',
    'src/env.d.ts': '/// <reference types="@rsbuild/core/types" />\n',
    'src/index.tsx': `import React from 'react';
import ReactDOM from 'react-dom/client';
import App from './App';

ReactDOM.createRoot(document.getElementById('root')!).render(
  <React.StrictMode>
    <App />
  </React.StrictMode>,
);
`,
    'tsconfig.json': `{
  "compilerOptions": {
    "lib": ["DOM", "ES2022"],
    "jsx": "react-jsx",
    "target": "ES2022",
    "noEmit": true,
    "skipLibCheck": true,
    "useDefineForClassFields": true,

    /* modules */
    "module": "ESNext",
    "moduleDetection": "force",
    "moduleResolution": "bundler",
    "verbatimModuleSyntax": true,
    "resolveJsonModule": true,
    "allowImportingTsExtensions": true,
    "noUncheckedSideEffectImports": true,

    /* type checking */
    "strict": true,
    "noUnusedLocals": true,
    "noUnusedParameters": true
  },
  "include": ["src"]
}
`,
  },
} as const;
