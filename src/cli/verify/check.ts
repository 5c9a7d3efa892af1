/** What a check is, and what comes out of it. */
import type { TestBed } from './test-bed';

export interface Outcome {
  readonly passed: boolean;
  /** What was found, in a sentence. */
  readonly says: string;
  readonly figures: Readonly<Record<string, number | string>>;
}

export interface VerifyCheck {
  readonly id: string;
  readonly title: string;
  run(testBed: TestBed): Promise<Outcome>;
}

export function failed(says: string): Outcome {
  return { passed: false, says: says.trim(), figures: {} };
}
