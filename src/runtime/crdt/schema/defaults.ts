/** A default that its own schema refuses would make a document invalid wherever the property is absent, such as before the rest of it has arrived. */
import type { SyncObject, SyncValue } from '../../core/json';
import { escapePointer, isPlainObject, setProperty } from '../json-value';
import type { JsonSchema } from './json-schema';
import { compileSchema } from './compile';
import { schemaUnsupported } from './keywords';

/** @throws SyncError SCHEMA_UNSUPPORTED with the property whose default breaks its own schema, and by which keyword. */
export function checkDefaults(schema: JsonSchema, path = ''): void {
  for (const [name, property] of Object.entries(propertiesOf(schema))) {
    const at = `${path}/${escapePointer(name)}`;
    const breach =
      property.default !== undefined &&
      compileSchema(property, { isOpen: false })(filled(property.default as SyncValue, property));
    if (breach) {
      const where = breach.path === '' ? '' : ` at ${breach.path}`;
      throw schemaUnsupported(at, 'default', `it breaks the "${breach.keyword}"${where} of its own schema`);
    }
    checkDefaults(property, at);
  }
}

/** A default as it is shown, with those of its own properties. */
function filled(value: SyncValue, schema: JsonSchema): SyncValue {
  if (!isPlainObject(value)) return value;
  const object: { [name: string]: SyncValue } = { ...(value as SyncObject) };
  for (const [name, property] of Object.entries(propertiesOf(schema))) {
    const known = Object.hasOwn(value, name) ? value[name] : standardOf(property);
    if (known !== undefined) setProperty(object, name, filled(known, property));
  }
  return object;
}

/** Sets and counters are never absent. */
function standardOf({ default: standard, 'x-merge': strategy }: JsonSchema): SyncValue | undefined {
  if (standard !== undefined) return standard as SyncValue;
  if (strategy === 'set') return [];
  return strategy === 'counter' ? 0 : undefined;
}

const propertiesOf = (schema: JsonSchema): { readonly [name: string]: JsonSchema } =>
  isPlainObject(schema.properties) ? (schema.properties as unknown as { readonly [name: string]: JsonSchema }) : {};
