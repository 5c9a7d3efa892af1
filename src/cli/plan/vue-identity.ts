/** The identity as a getter for `provideSync`: composables and stores are called once, at the beginning of the setup, and nothing is opened for a user who is not there. */
import { printExpression } from '../edit/print';

export interface VueIdentity {
  /** `const userStore = useUserStore()`. */
  readonly constants: readonly string[];
  /** `() => userStore.user && [userStore.user.id]`. */
  readonly getter: string;
  /** The names of the component that it is made of. */
  readonly names: readonly string[];
}

/** What the script of a component has already. */
export interface ScriptNames {
  isTaken(name: string): boolean;
  /** The constant that a call is given to, such as `useUserStore()`. */
  constantOf(call: string): string | null;
}

/** @param expressions as a candidate or a person writes them */
export function vueIdentity(expressions: readonly string[], script: ScriptNames): VueIdentity {
  const constants = new Map<string, string>();
  const names: string[] = [];
  const guards = new Set<string>();
  const values = expressions.map((expression) => {
    const code = printExpression(expression) ?? expression;
    const [call = ''] = /^use[A-Z]\w*\(\)/.exec(code) ?? [];
    const own = call === '' ? null : script.constantOf(call);
    const name = call === '' ? '' : (own ?? constants.get(call) ?? freeName(call, script));
    if (own === null && call !== '') constants.set(call, name);
    const whole = name + code.slice(call.length);
    names.push(...(/^[A-Za-z_$][\w$]*/.exec(whole) ?? []));
    const guard = guardOf(whole, name);
    if (guard === null) return whole;
    guards.add(guard);
    return certain(whole);
  });
  const list = `[${values.join(', ')}]`;
  const all = [...guards].join(' && ');
  // What a comparison gives is no identity, what an object that is missing gives (null, undefined) is one.
  const given = all === '' ? list : all.includes('!=') ? `${all} ? ${list} : null` : `${all} && ${list}`;
  return {
    constants: [...constants].map(([call, name]) => `const ${name} = ${call}`),
    getter: `() => ${given}`,
    names,
  };
}

/** `useUserStore()` -> `userStore`. */
function freeName(call: string, script: ScriptNames): string {
  const word = call.slice('use'.length, -'()'.length);
  const name = word.charAt(0).toLowerCase() + word.slice(1);
  return [name, `${name}OfUser`, `${name}ForSync`].find((each) => !script.isTaken(each)) ?? `${name}ToSync`;
}

/** What has to be there; `null` where the expression is no way into an object. @param store the constant that a call was given to */
function guardOf(code: string, store: string): string | null {
  if (/^[A-Za-z_$][\w$]*$/.test(code)) return `${code} != null`;
  const [, object, mark, property] =
    /^([A-Za-z_$][\w$]*(?:[\w$.?!]|\[(?:\d+|'[^'\\]*'|"[^"\\]*")\])*?)(!?\.|\?\.)([\w$]+)$/.exec(code) ?? [];
  if (object === undefined) return null;
  // A store, and the state of one, are there for nobody, too: what they hold is looked at.
  const isAlwaysThere = object === store || property === 'value' || /\.(state|getters)$/.test(object);
  return mark !== '?.' && isAlwaysThere ? `${certain(code)} != null` : object.replaceAll('!', '');
}

/** Behind its guard. */
function certain(code: string): string {
  return code
    .replace(/\?\.(?=\[)/g, '')
    .replaceAll('?.', '.')
    .replaceAll('!', '');
}
