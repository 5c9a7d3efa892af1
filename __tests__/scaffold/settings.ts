/** Apps of `create-react-app` with settings of their owners. They share their packages: one installation for each template. */
import { mkdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { install, installedBase, type Template } from '../support/cra-apps';
import { kept, linkApp } from '../support/kept';
import { tsconfigOfCra } from '../support/tsconfig-of-cra';
import { commitAll, editJson } from './apps';
import { must, workshop } from './workshop';

export interface SettingsApp {
  readonly template?: Template;
  readonly files?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  /** More options of the compiler. */
  readonly tsconfig?: object;
  readonly packageJson?: object;
  /** Packages in a folder of the app, by version, without anything in them. */
  readonly vendor?: Readonly<Record<string, string>>;
  /** Whether the app's Prettier has formatted it. */
  readonly format?: boolean;
}

/** What some of the apps have beside the template, installed for all of them. */
const tools = { prettier: '^3.0.0' };

export async function makeSettingsApp(name: string, request: SettingsApp): Promise<string> {
  const {
    template = 'cra-template-typescript',
    files = {},
    scripts = {},
    tsconfig,
    packageJson = {},
    vendor = {},
  } = request;
  const app = path.join(workshop(), 'apps', `settings-${name}`);
  linkApp(await baseWithTools(template), app);
  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(app, file)), { recursive: true });
    writeFileSync(path.join(app, file), text);
  };
  const isTypescript = template.includes('typescript');
  write(
    isTypescript ? 'src/App.test.tsx' : 'src/App.test.js',
    `import { render, screen } from '@testing-library/react';\nimport App from './App';\n\ntest('renders', () => {\n  render(<App />);\n  expect(screen.getByText(/learn react/i)).toBeInTheDocument();\n});\n`,
  );
  write(
    isTypescript ? 'src/App.tsx' : 'src/App.js',
    `import { accountOf } from './account';\n\nfunction App() {\n  return <p>{accountOf({ id: 'learn react' })}</p>;\n}\n\nexport default App;\n`,
  );
  const parameter = isTypescript ? 'user: { id: string }' : 'user';
  write(isTypescript ? 'src/account.ts' : 'src/account.js', `export const accountOf = (${parameter}) => user.id;\n`);
  if (isTypescript) {
    const { compilerOptions, ...rest } = tsconfigOfCra;
    write(
      'tsconfig.json',
      `${JSON.stringify({ compilerOptions: { ...compilerOptions, ...tsconfig }, ...rest }, null, 2)}\n`,
    );
    if (!template.includes('redux'))
      write(
        'src/index.tsx',
        `import { createRoot } from 'react-dom/client';\nimport App from './App';\n\ncreateRoot(document.getElementById('root') as HTMLElement).render(<App />);\n`,
      );
  }
  for (const [file, text] of Object.entries(files)) write(file, text);
  for (const [vendored, version] of Object.entries(vendor))
    write(`vendor/${vendored}/package.json`, `${JSON.stringify({ name: vendored, version })}\n`);
  editJson(path.join(app, 'package.json'), (json) => ({
    ...json,
    ...packageJson,
    scripts: { ...(json.scripts as object), ...scripts },
    dependencies: {
      ...(json.dependencies as object),
      ...Object.fromEntries(Object.keys(vendor).map((vendored) => [vendored, `file:vendor/${vendored}`])),
    },
  }));
  if (Object.keys(vendor).length > 0) await install(app, 'npm');
  if (request.format === true) await must(app, 'npx', ['--no-install', 'prettier', '--write', '.']);
  await must(app, 'git', ['init', '--quiet']);
  await commitAll(app, 'As it was');
  return app;
}

async function baseWithTools(template: Template): Promise<string> {
  const base = await installedBase(template, 'npm');
  if (template.includes('redux')) return base;
  return kept(`${path.basename(base)}-tools`, async (folder) => {
    linkApp(base, folder);
    editJson(path.join(folder, 'package.json'), (json) => ({
      ...json,
      devDependencies: { ...(json.devDependencies as object), ...tools },
    }));
    await install(folder, 'npm');
  });
}
