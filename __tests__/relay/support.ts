/** A raw client and events for the tests of the relay: no library of ours between the test and the wire. */
import { finalizeEvent, generateSecretKey, getPublicKey } from 'nostr-tools/pure';
import { WebSocket } from 'ws';
import type { NostrEvent } from '../../src/relay';

export type Message = readonly [string, ...unknown[]];

export const author = generateSecretKey();
export const pubkey = getPublicKey(author);
export const nowSeconds = () => Math.floor(Date.now() / 1000);

export function makeEvent(fields: Partial<NostrEvent> = {}, secretKey = author): NostrEvent {
  const { kind = 30078, created_at = nowSeconds(), tags = [['d', 'slot']], content = '' } = fields;
  const { id, pubkey, sig } = finalizeEvent(
    { kind, created_at, tags: tags.map((tag) => [...tag]), content },
    secretKey,
  );
  return { id, pubkey, created_at, kind, tags, content, sig };
}

/** An answer to a NIP-42 challenge. */
export function makeAnswer(challenge: unknown, { url = 'wss://relay.test', ...fields }: AnswerFields = {}): NostrEvent {
  const tags = [
    ['relay', url],
    ['challenge', String(challenge)],
  ];
  return makeEvent({ kind: 22242, tags, ...fields }, fields.secretKey);
}

export type AnswerFields = Partial<NostrEvent> & { readonly url?: string; readonly secretKey?: Uint8Array };

/** Resolves once the condition holds, which nothing announces; rejects after `timeoutMs`. */
export async function eventually(condition: () => boolean, what: string, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Two events of one address and second; the first has the lower id. */
export function makeTie(d = 'tie'): readonly [NostrEvent, NostrEvent] {
  const created_at = nowSeconds();
  const one = makeEvent({ created_at, tags: [['d', d]], content: 'one' });
  const two = makeEvent({ created_at, tags: [['d', d]], content: 'two' });
  return one.id < two.id ? [one, two] : [two, one];
}

export class Client {
  /** Every frame as text, and those that are messages, in order. */
  readonly received: string[] = [];
  readonly messages: Message[] = [];
  closeCode: number | undefined;
  private readonly wakers = new Set<() => void>();

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      const text = data.toString('utf8');
      this.received.push(text);
      const message = parse(text);
      if (message) this.messages.push(message);
      this.wake();
    });
    socket.on('close', (code) => {
      this.closeCode = code;
      this.wake();
    });
    socket.on('error', () => this.wake());
  }

  static async connect(url: string): Promise<Client> {
    const client = Client.dial(url);
    await client.until(() => client.socket.readyState === WebSocket.OPEN || client.closeCode !== undefined, 'open');
    if (client.closeCode !== undefined) throw new Error(`refused: ${url}`);
    return client;
  }

  /** Connects without waiting for the outcome. */
  static dial(url: string): Client {
    const client = new Client(new WebSocket(url, { perMessageDeflate: false }));
    client.socket.on('open', () => client.wake());
    return client;
  }

  send(...message: Message): void {
    this.sendText(JSON.stringify(message));
  }

  sendText(text: string): void {
    this.socket.send(text);
  }

  /** Publishes and resolves with [accepted, message]. */
  async publish(event: NostrEvent): Promise<readonly [boolean, string]> {
    const seen = this.messages.length;
    this.send('EVENT', event);
    const [, , accepted, message] = await this.next((m) => m[0] === 'OK' && m[1] === event.id, seen);
    return [accepted as boolean, message as string];
  }

  /** The latest challenge (NIP-42), once there is one. */
  async challenge(): Promise<unknown> {
    await this.next((m) => m[0] === 'AUTH');
    return this.messages.findLast((m) => m[0] === 'AUTH')?.[1];
  }

  /** Answers the latest challenge, as the author unless told otherwise, and resolves with [accepted, message]. */
  async authenticate(fields: AnswerFields = {}): Promise<readonly [boolean, string]> {
    const answer = makeAnswer(await this.challenge(), fields);
    const seen = this.messages.length;
    this.send('AUTH', answer);
    const [, , accepted, message] = await this.next((m) => m[0] === 'OK' && m[1] === answer.id, seen);
    return [accepted as boolean, message as string];
  }

  /** Opens a subscription and resolves with what ends the answer: EOSE or CLOSED. */
  async ask(id: string, ...filters: readonly object[]): Promise<Message> {
    const seen = this.messages.length;
    this.send('REQ', id, ...filters);
    return this.next((m) => (m[0] === 'EOSE' || m[0] === 'CLOSED') && m[1] === id, seen);
  }

  /** Opens a subscription and resolves with the stored events at EOSE. */
  async read(id: string, ...filters: readonly object[]): Promise<readonly NostrEvent[]> {
    const seen = this.messages.length;
    this.send('REQ', id, ...filters);
    await this.next((m) => m[0] === 'EOSE' && m[1] === id, seen);
    return this.eventsOf(id, seen);
  }

  eventsOf(id: string, from = 0): readonly NostrEvent[] {
    return this.messages
      .slice(from)
      .filter((m) => m[0] === 'EVENT' && m[1] === id)
      .map((m) => m[2] as NostrEvent);
  }

  async next(isWanted: (message: Message) => boolean, from = 0): Promise<Message> {
    let found: Message | undefined;
    await this.until(() => (found = this.messages.slice(from).find(isWanted)) !== undefined, String(isWanted));
    return found!;
  }

  closed(): Promise<void> {
    return this.until(() => this.closeCode !== undefined, 'close');
  }

  /** A round trip: everything that was on its way has arrived. */
  async settle(): Promise<void> {
    const id = `settle-${this.received.length}`;
    await this.read(id, { ids: ['0'.repeat(64)] });
    this.send('CLOSE', id);
  }

  close(): void {
    this.socket.terminate();
  }

  until(condition: () => boolean, what: string, timeoutMs = 10_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (!condition()) return;
        clearTimeout(timer);
        this.wakers.delete(check);
        resolve();
      };
      const timer = setTimeout(() => {
        this.wakers.delete(check);
        reject(new Error(`waited ${timeoutMs} ms for ${what}; got ${this.received.slice(-5).join(' ').slice(0, 500)}`));
      }, timeoutMs);
      this.wakers.add(check);
      check();
    });
  }

  private wake(): void {
    for (const check of [...this.wakers]) check();
  }
}

function parse(text: string): Message | undefined {
  try {
    const message: unknown = JSON.parse(text);
    return Array.isArray(message) ? (message as unknown as Message) : undefined;
  } catch {
    return undefined;
  }
}
