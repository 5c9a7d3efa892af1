/** What an app's configuration writes into the code of its client must not hold the salt: a bundler would put it into the bundle by name. */
import type { Compiler } from 'webpack';
import type { AppContext } from '../app';
import { KitError } from '../kit-error';
import { readSaltText, saltRequestOf } from '../salt';

/** @returns SALT_EXPOSED where DefinePlugin or EnvironmentPlugin, of webpack or of Rspack, know the salt */
export function checkDefinitions(compiler: Compiler, app: AppContext): readonly KitError[] {
  const salt = readSaltText(saltRequestOf(app));
  if (salt === undefined) return [];
  const places = (compiler.options.plugins as readonly unknown[])
    .filter(isDefining)
    .flatMap((plugin) =>
      entriesOf(definitionsOf(plugin)).filter(
        ([name, value]) =>
          name.split(/[.[\]'"]+/).includes(salt.variable) ||
          value === salt.variable ||
          (salt.text !== undefined && value.includes(salt.text)),
      ),
    );
  const [first] = places;
  if (first === undefined) return [];
  return [
    new KitError(
      'SALT_EXPOSED',
      `The configuration gives the salt to the code of the client: ${first[0] || salt.variable}. Whoever loads the app could read it there. Let the client's code have only ` +
        `the variables that are made for it: no process.env as a whole, no empty prefix in loadEnv or envPrefix, and no prefix that ${salt.variable} begins with.`,
    ),
  ];
}

interface DefiningPlugin {
  /** Of webpack's DefinePlugin. */
  readonly definitions?: unknown;
  /** Of webpack's EnvironmentPlugin: names of variables. */
  readonly keys?: unknown;
  /** Of Rspack's plugins: what they were made with. */
  readonly _args?: readonly unknown[];
}

function isDefining(plugin: unknown): plugin is DefiningPlugin {
  return (
    typeof plugin === 'object' && plugin !== null && /^(?:Define|Environment)Plugin$/.test(plugin.constructor.name)
  );
}

function definitionsOf({ definitions, keys, _args }: DefiningPlugin): unknown {
  return [definitions, keys, _args];
}

/** Everything that a nested definition defines, by its whole name. */
function entriesOf(definitions: unknown, prefix = ''): readonly (readonly [name: string, value: string])[] {
  if (typeof definitions !== 'object' || definitions === null) return [[prefix, String(definitions)]];
  const isList = Array.isArray(definitions);
  return Object.entries(definitions).flatMap(([name, value]) =>
    entriesOf(value, isList ? prefix : prefix === '' ? name : `${prefix}.${name}`),
  );
}
