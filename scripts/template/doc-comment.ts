/** Doc comments: what one says, other tags for it, and its text again. */

/** One `@tag`, with its text, which may have several lines. */
export interface Tag {
  readonly name: string;
  readonly text: string;
}

export interface DocComment {
  readonly description: string;
  readonly tags: readonly Tag[];
}

const PRINT_WIDTH = 120;
/** Tags that may share a line with the one that follows: they have no text. */
const FLAGS = new Set(['private', 'protected', 'readonly', 'override']);

/** Reads a comment with its delimiters; none is an empty one. */
export function readDocComment(comment: string | undefined): DocComment {
  const lines = (comment ?? '')
    .replace(/^\/\*\*[ \t]?|\s*\*\/$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''));
  const [description = '', ...tags] = lines.join('\n').split(/^@(?=[a-z])/m);
  return { description: description.trim(), tags: tags.map(readTag) };
}

function readTag(text: string): Tag {
  const [, name = '', rest = ''] = /^(\w+)\s?(.*)$/s.exec(text) ?? [];
  return { name, text: rest.trimEnd() };
}

/**
 * The comment's text. On one line where that reads well: one sentence or one tag, with flags before it.
 * @param indent how many columns the comment will be indented.
 */
export function writeDocComment({ description, tags }: DocComment, indent: number): string {
  const lines = [...(description ? [description] : []), ...tags.map(writeTag)];
  const isShort = description ? tags.length === 0 : tags.slice(0, -1).every(({ name }) => FLAGS.has(name));
  const oneLine = `/** ${lines.join(' ')} */`;
  if (isShort && !oneLine.includes('\n') && oneLine.length + indent <= PRINT_WIDTH) return oneLine;
  // What was one line in the source stays one, however long it is.
  if (description && tags.length === 0 && !description.includes('\n')) return oneLine;
  const starred = lines
    .join('\n')
    .replace(/^(?=.)/gm, ' * ')
    .replace(/^$/gm, ' *');
  return `/**\n${starred}\n */`;
}

function writeTag({ name, text }: Tag): string {
  return text ? `@${name} ${text}` : `@${name}`;
}
