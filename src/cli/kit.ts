/** The kit that this program is a part of: its version, its template in three forms and for each framework, and the packages it was made with. */
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { KitError } from '../preset/kit-error';
import { TEMPLATE_VERSION } from '../runtime/core/versions';
import { diskFiles } from './discover/project-files';
import { originOfKit } from './kit-origin';
import { packageRoot } from './package-root';
import { templateNames, type TemplateFiles, type TemplateForm, type TemplateFramework } from './template';

export interface Kit {
  readonly version: string;
  /**
   * What goes into the app's dependencies: the place that this copy came from, or a range where that is a registry.
   * Reading it throws KitError KIT_ORIGIN_UNKNOWN where neither is known.
   */
  readonly spec: string;
  /** The version of template that this kit's runtime works with. */
  readonly templateVersion: number;
  /**
   * The eight files of an app.
   * @param framework React, unless said otherwise.
   * @throws KitError TEMPLATE_MISSING
   */
  template(form: TemplateForm, framework?: TemplateFramework): TemplateFiles;
  /** The versions of packages that the kit was made and tested with. */
  readonly versions: Readonly<Record<string, string>>;
  /** Optional peers of what the kit brings into an app. */
  readonly peers: KitPeers;
}

/** Ranges of peers, by package and peer. */
export type KitPeers = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Where the package's build writes the template, one folder a form. */
export const templateFolder = 'dist/template';

export interface KitSource {
  /** Where the app gets the kit from, for a kit that is not in the registry. */
  readonly spec?: string | undefined;
  /** The app's folder, which places are relative to. Default: this one. */
  readonly app?: string;
  /** The folder that holds the three forms. Default: the one of this package. */
  readonly templates?: string;
}

export function readKit({ spec, templates, app = process.cwd() }: KitSource = {}): Kit {
  const root = packageRoot();
  const packageJson = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    readonly version: string;
    readonly dependencies: Readonly<Record<string, string>>;
    readonly devDependencies?: Readonly<Record<string, string>>;
  };
  return {
    version: packageJson.version,
    get spec() {
      return spec ?? originOfKit(root, app, packageJson.version);
    },
    templateVersion: TEMPLATE_VERSION,
    template: (form, framework) =>
      readTemplate(path.join(templates ?? path.join(root, templateFolder), form), templateNames(form, framework)),
    versions: { ...packageJson.devDependencies, ...packageJson.dependencies },
    peers: { rxdb: optionalPeersOf('rxdb', root) },
  };
}

/** `null` where nobody knows where this copy of the kit came from. */
export function specOrNull(kit: Kit): string | null {
  try {
    return kit.spec;
  } catch (error) {
    if (error instanceof KitError && error.code === 'KIT_ORIGIN_UNKNOWN') return null;
    throw error;
  }
}

/** Empty where the package cannot be read: its peers are then the package manager's to report. */
function optionalPeersOf(name: string, root: string): Readonly<Record<string, string>> {
  try {
    const file = createRequire(path.join(root, 'package.json')).resolve(`${name}/package.json`);
    const { peerDependencies = {}, peerDependenciesMeta = {} } = JSON.parse(fs.readFileSync(file, 'utf8')) as {
      readonly peerDependencies?: Readonly<Record<string, string>>;
      readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
    };
    return Object.fromEntries(
      Object.entries(peerDependencies).filter(([peer]) => peerDependenciesMeta[peer]?.optional === true),
    );
  } catch {
    return {};
  }
}

function readTemplate(folder: string, names: readonly string[]): TemplateFiles {
  const files = diskFiles(folder);
  return Object.fromEntries(
    names.map((name) => {
      const text = files.read(name);
      if (text !== null) return [name, text];
      throw new KitError(
        'TEMPLATE_MISSING',
        `${path.join(folder, name)} is missing, so this installation of zero-backend-sync is incomplete. Nothing was changed. Install it again, or build it (npm run build) where this is a checkout of its repository.`,
      );
    }),
  );
}
