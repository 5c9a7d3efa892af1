/**
 * A page that syncs, as small as it can be: what stands in a field goes to the relays as sealed events, the newest one wins. It runs in the browser;
 * what a test wants to be different stands in `window.page`.
 */
import { finalizeEvent } from 'nostr-tools/pure';

export interface PageOptions {
  readonly relays: readonly string[];
  /** HTML of the page; the field that is synced bears `data-synced`, in a shadow root or a frame as well. */
  readonly body?: string;
  /** 0 where nothing is ever sent. */
  readonly sends?: boolean;
  /** The same on all devices; `random` makes each its own user. */
  readonly user?: 'same' | 'random';
  /** Ignores what comes in. */
  readonly deaf?: boolean;
  /** Says something other than what is written. */
  readonly shows?: 'as written' | 'in capitals';
}

declare global {
  interface Window {
    page: PageOptions;
    /** Begins to sync; a page with a login does so once somebody is signed in. */
    sync: () => void;
  }
}

const { relays, sends = true, user = 'same', deaf = false, shows = 'as written' } = window.page;

interface Content {
  readonly text: string;
  readonly at: number;
}

const secretKey = new Uint8Array(32).fill(7);
if (user === 'random') crypto.getRandomValues(secretKey);
const publicKey = finalizeEvent({ kind: 1, created_at: 0, tags: [], content: '' }, secretKey).pubkey;
const slot = (localStorage['slot'] ??= [...crypto.getRandomValues(new Uint8Array(16))]
  .map((byte) => byte.toString(16).padStart(2, '0'))
  .join('')) as string;
let newest: Content = JSON.parse(localStorage['content'] ?? '{"text":"","at":0}') as Content;
let lastSecond = 0;
const sockets = new Map<string, WebSocket>();

window.sync = () => {
  const field = findField();
  show(newest);
  field?.addEventListener('input', () => {
    if (shows === 'in capitals') show({ text: textOf(field).toUpperCase(), at: 0 });
    keep({ text: textOf(field), at: Date.now() });
    if (sends) void publish();
  });
  for (const relay of relays) connect(relay);
};

function connect(relay: string): void {
  const socket = new WebSocket(relay);
  sockets.set(relay, socket);
  socket.onopen = () => {
    socket.send(JSON.stringify(['REQ', 'all', { kinds: [30078], authors: [publicKey] }]));
    if (sends && newest.at > 0) void publish();
  };
  socket.onmessage = async ({ data }) => {
    const [type, , event] = JSON.parse(String(data)) as [string, string, { readonly content: string }];
    if (type !== 'EVENT' || deaf) return;
    const content = await opened(event.content);
    if (content.at <= newest.at) return;
    keep(content);
    show(content);
  };
  socket.onclose = () => void setTimeout(connect, 300, relay);
}

async function publish(): Promise<void> {
  // Of two versions of one second the relay takes the one that it likes.
  lastSecond = Math.max(lastSecond + 1, Math.floor(Date.now() / 1000) - 500);
  const created_at = lastSecond;
  const content = await sealed(newest);
  const event = finalizeEvent({ kind: 30078, created_at, tags: [['d', slot]], content }, secretKey);
  for (const socket of sockets.values()) if (socket.readyState === 1) socket.send(JSON.stringify(['EVENT', event]));
}

function keep(content: Content): void {
  newest = content;
  localStorage['content'] = JSON.stringify(content);
}

function show({ text }: Content): void {
  const field = findField();
  if (field === null) return;
  if (isInput(field)) field.value = text;
  else field.textContent = text;
}

function textOf(field: HTMLElement): string {
  return isInput(field) ? field.value : field.innerText;
}

/** Fields of a frame are of another window's classes. */
function isInput(field: HTMLElement): field is HTMLInputElement {
  return 'value' in field;
}

function findField(root: Document | ShadowRoot = document): HTMLElement | null {
  const found = root.querySelector<HTMLElement>('[data-synced]');
  if (found !== null) return found;
  for (const element of root.querySelectorAll('*')) {
    const inner = element.shadowRoot ?? (element instanceof HTMLIFrameElement ? element.contentDocument : null);
    const field = inner && findField(inner);
    if (field) return field;
  }
  return null;
}

async function cipherKey(): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', new Uint8Array(32).fill(9), 'AES-GCM', false, ['encrypt', 'decrypt']);
}

/** version || nonce(12) || ciphertext of 512 bytes || tag(16), in base64 */
async function sealed(content: Content): Promise<string> {
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const plain = new TextEncoder().encode(JSON.stringify(content).padEnd(512));
  const cipher = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, await cipherKey(), plain);
  return btoa(String.fromCharCode(1, ...nonce, ...new Uint8Array(cipher)));
}

async function opened(envelope: string): Promise<Content> {
  const bytes = Uint8Array.from(atob(envelope), (character) => character.charCodeAt(0));
  const key = await cipherKey();
  const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: bytes.slice(1, 13) }, key, bytes.slice(13));
  return JSON.parse(new TextDecoder().decode(plain)) as Content;
}
