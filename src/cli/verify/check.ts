/** What a check is, and what comes out of it. */
import { KitError } from '../../preset/kit-error';
import { VerifyCode } from './failure';
import { reasonOf } from './plain-text';
import type { TestBed } from './test-bed';

export interface Outcome {
  readonly passed: boolean;
  /** A `VerifyCode`, or the code of what was thrown; `null` where the check passed. */
  readonly code: string | null;
  /** What was found, in a sentence. */
  readonly says: string;
  readonly figures: Readonly<Record<string, number | string>>;
}

export interface VerifyCheck {
  readonly id: string;
  readonly title: string;
  /** What it works with: both devices and an app that syncs, or what is on disk and what was recorded. */
  readonly needs: 'devices' | 'records';
  run(testBed: TestBed): Promise<Outcome>;
}

export function passed(says: string, figures: Outcome['figures']): Outcome {
  return { passed: true, code: null, says, figures };
}

export function failed(code: VerifyCode, says: string, figures: Outcome['figures'] = {}): Outcome {
  return { passed: false, code, says: says.trim(), figures };
}

/** Of a check that has thrown. */
export function broken(error: unknown): Outcome {
  return error instanceof KitError
    ? { passed: false, code: error.code, says: error.message, figures: {} }
    : failed(VerifyCode.CheckBroken, `It could not be made: ${reasonOf(error)}.`);
}
