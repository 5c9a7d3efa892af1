/** Paths, keys and messages come from repositories that anybody may have written: a terminal would carry out the commands that hide in them. */

/** What is left of a text for a terminal: characters, newlines, tabs and colours. Everything else that a terminal acts on is shown as U+FFFD. */
export function harmless(text: string): string {
  return text.replace(/\u001b(?!\[[\d;]*m)|[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f]/g, '\ufffd');
}
