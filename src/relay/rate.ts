/** Rate policies: how many events a minute, of whom, and how strictly it is counted. */

export interface RatePolicy {
  readonly perMinute: number;
  /** Of each public key, or of each client's address (which all devices behind one router share). */
  readonly per: 'key' | 'address';
  /**
   * `window`: never more than `perMinute` in any 60 s; what is refused does not count.
   * `decay`: nostream's default, an average that halves in a minute (src/utils/ewma-rate-limiter.ts at fd7f56a). What is refused counts, so
   * that a client which does not slow down stays refused, while a steady one may get through more than the number says.
   */
  readonly counting: 'window' | 'decay';
}

/** Counts a hit of somebody; false when it is one too many. */
export type RateLimit = (who: string) => boolean;

export function createRateLimit(
  { perMinute, counting }: Pick<RatePolicy, 'perMinute' | 'counting'>,
  nowSeconds: () => number,
): RateLimit {
  return counting === 'window' ? countInWindow(perMinute, nowSeconds) : countDecaying(perMinute, nowSeconds);
}

function countInWindow(perMinute: number, nowSeconds: () => number): RateLimit {
  const hitsByWho = new Map<string, number[]>();
  return (who) => {
    const now = nowSeconds();
    const recent = (hitsByWho.get(who) ?? []).filter((second) => second > now - 60);
    hitsByWho.set(who, recent);
    if (recent.length >= perMinute) return false;
    recent.push(now);
    return true;
  };
}

function countDecaying(perMinute: number, nowSeconds: () => number): RateLimit {
  const averages = new Map<string, { readonly value: number; readonly atSeconds: number }>();
  return (who) => {
    const atSeconds = nowSeconds();
    const last = averages.get(who) ?? { value: 0, atSeconds };
    const value = last.value * 2 ** (-(atSeconds - last.atSeconds) / 60) + 1;
    averages.set(who, { value, atSeconds });
    return value <= perMinute;
  };
}
