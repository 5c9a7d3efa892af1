/** What an edit of a configuration file comes to: the text of a tool's configuration, with the kit in it, or why a person has to put it there. */
import { parseSource, type SourceFile } from '../discover/syntax';

/** How a configuration is written. */
export type ConfigForm = 'object' | 'function' | 'async function' | 'variable' | 'list' | 'unknown';

export type ConfigEdit =
  | { readonly kind: 'already-wired' }
  | { readonly kind: 'edited'; readonly text: string; readonly form: ConfigForm }
  /** The file is left alone; `reason` completes "it cannot be edited safely because ...". */
  | { readonly kind: 'by-hand'; readonly reason: string };

export function byHand(reason: string): ConfigEdit {
  return { kind: 'by-hand', reason };
}

/** `null` where a file has a syntax error, also one that the parser gets over. */
export function parseSound(file: string, text: string): SourceFile | null {
  const source = parseSource(file, text);
  return source !== null && (source.ast.errors?.length ?? 0) === 0 ? source : null;
}

/** An edit adds imports and nothing else that is a statement: an option that would be code of its own is none that was meant. */
export function editedOf(source: SourceFile, text: string, form: ConfigForm, imports: number): ConfigEdit {
  const after = parseSound(source.path, text);
  const isSound = after?.ast.program.body.length === source.ast.program.body.length + imports;
  return isSound ? { kind: 'edited', text, form } : byHand('the result could not be read back');
}

export function quoteOf(text: string): string {
  return text.split('"').length > text.split("'").length ? '"' : "'";
}
