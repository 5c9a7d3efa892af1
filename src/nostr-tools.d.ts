/** For this repository's own sources: TypeScript with `moduleResolution: node` does not read the `exports` of nostr-tools. */

declare module 'nostr-tools/pure' {
  export * from 'nostr-tools/lib/types/pure';
}
declare module 'nostr-tools/filter' {
  export * from 'nostr-tools/lib/types/filter';
}
