import type { SlotPayload } from '../../src/runtime/contracts/slot';

export interface Request {
  readonly module: Uint8Array;
  readonly iterations: number;
  readonly rounds: number;
  /** Measure the vault too: an edit to be sealed and a page to be opened. */
  readonly vault?: { readonly edit: SlotPayload; readonly page: SlotPayload };
}

/** Milliseconds, the least of all rounds, but for the first derivation of the worker. */
export interface Answer {
  readonly firstMs: number;
  readonly oursMs: number;
  readonly hashWasmMs: number;
  readonly nativeMs: number;
  readonly vault?: VaultAnswer;
}

/** Milliseconds a message, the least of all rounds. */
export interface VaultAnswer {
  readonly sealMs: number;
  readonly bareSealMs: number;
  readonly openMs: number;
  readonly bareOpenMs: number;
  /** With what is not the envelope's: the signature in the one, reading the JSON and checking its shape in the other. */
  readonly sealAndSignMs: number;
  readonly openAndReadMs: number;
}
