/** The capital letter makes react-refresh take it for a component, whose runtime a worker does not have. */
export function Greet(name: string): string {
  return `Hello ${name}`;
}

export async function fail(): Promise<never> {
  throw new Error('from the worker');
}
