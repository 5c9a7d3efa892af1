/** The relative import of one folder, or module, from another folder: `../lib`. */
export function importPath(from: string, to: string): string {
  const fromParts = from.split('/');
  const toParts = to.split('/');
  while (fromParts.length > 0 && fromParts[0] === toParts[0]) {
    fromParts.shift();
    toParts.shift();
  }
  return [...(fromParts.length === 0 ? ['.'] : fromParts.map(() => '..')), ...toParts].join('/');
}
