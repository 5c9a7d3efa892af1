/** NIP-42 on one connection: answers the relay's challenge once, and only after the relay has refused something because no answer came. */
import type { Clock } from '../core/clock';
import type { NostrEvent } from '../contracts/slot';

export class RelayAuth {
  readonly #send: (frame: readonly unknown[]) => void;
  readonly #sign: (challenge: string) => NostrEvent;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #challenge: string | undefined;
  #sentId: string | undefined;
  #outcome: boolean | undefined;
  #waiting: ((authenticated: boolean) => void)[] = [];
  #cancelTimeout: () => void = () => {};

  constructor(
    send: (frame: readonly unknown[]) => void,
    sign: (challenge: string) => NostrEvent,
    clock: Clock,
    timeoutMs: number,
  ) {
    this.#send = send;
    this.#sign = sign;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** A new connection knows no challenge, and may be asked again. */
  reset(): void {
    this.#cancelTimeout();
    this.#challenge = this.#sentId = this.#outcome = undefined;
    this.#waiting = [];
  }

  challenged(challenge: string): void {
    this.#challenge = challenge;
    if (this.#waiting.length > 0) this.#answer();
  }

  /** Calls back with whether the relay accepted us, at once if that is known. The challenge may come after the refusal that asks for it. */
  authenticate(done: (authenticated: boolean) => void): void {
    if (this.#outcome !== undefined) return done(this.#outcome);
    this.#waiting.push(done);
    if (this.#waiting.length > 1) return;
    this.#cancelTimeout = this.#clock.after(this.#timeoutMs, () => this.#settle(false));
    this.#answer();
  }

  /** Takes the relay's OK if it is one for our answer. */
  answered(eventId: string, accepted: boolean): boolean {
    if (eventId !== this.#sentId) return false;
    this.#settle(accepted);
    return true;
  }

  #answer(): void {
    if (this.#challenge === undefined || this.#sentId !== undefined) return;
    try {
      const event = this.#sign(this.#challenge);
      this.#sentId = event.id;
      this.#send(['AUTH', event]);
    } catch {
      // Without a signature it is as if the relay had not accepted us.
      this.#settle(false);
    }
  }

  #settle(authenticated: boolean): void {
    if (this.#outcome !== undefined) return;
    this.#cancelTimeout();
    this.#outcome = authenticated;
    for (const done of this.#waiting.splice(0)) done(authenticated);
  }
}
