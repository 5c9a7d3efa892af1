/** Edits of files that are read line by line, such as `.env.local` and `.gitignore`. */

/** The text with one more line; everything else stays as it is. */
export function withLine(text: string | null, line: string): string {
  if (text === null || text === '') return `${line}\n`;
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  return `${text.endsWith('\n') ? text : text + newline}${line}${newline}`;
}
