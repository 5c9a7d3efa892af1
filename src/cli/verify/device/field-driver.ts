/** The driver of an app that brings none: the first text field is written to and read, as a person would. */
import type { Frame, Page } from 'playwright-core';
import { VerifyCode, verifyError } from '../failure';
import { plainText } from '../plain-text';
import { pause } from '../time-limit';
import type { Driver } from './driver';
import { isReload } from './driver-calls';

/** How long a page may take to show a field, in ms: keys are derived and the database is opened meanwhile. */
const appearsWithinMs = 30_000;
/** How long one that was there may be gone, in ms: a page may load anew by itself at any time. */
const returnsWithinMs = 10_000;

/** @param timeoutMs how long to wait for a field. */
export function createFieldDriver(timeoutMs = appearsWithinMs): Driver {
  return {
    async open(page) {
      await waitForField(page, timeoutMs);
    },
    async write(page, text) {
      const field = await waitForField(page, Math.min(timeoutMs, returnsWithinMs));
      await field.frame.locator(candidates).nth(field.index).fill(text);
    },
    read: async (page) => (await findField(page))?.value ?? null,
  };
}

interface Field {
  readonly frame: Frame;
  /** Its place among the candidates of its frame. */
  readonly index: number;
  readonly value: string;
}

/** @throws VerifyError NO_TEXT_FIELD */
async function waitForField(page: Page, timeoutMs: number): Promise<Field> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const field = await findField(page);
    if (field !== null) return field;
    if (Date.now() >= end) throw await noField(page, timeoutMs);
    await pause(100);
  }
}

/** Open shadow roots are looked into. What has no box or is hidden is none. */
const candidates = 'input:visible, textarea:visible, [contenteditable]:visible';

/** Frames that belong to the app come after the page itself. */
async function findField(page: Page): Promise<Field | null> {
  const origin = originOf(page.url());
  for (const frame of page.frames()) {
    if (frame.parentFrame() !== null && !/^about:/.test(frame.url()) && originOf(frame.url()) !== origin) continue;
    try {
      const best = await frame.locator(candidates).evaluateAll(bestField);
      if (best !== null) return { frame, ...best };
    } catch (error) {
      if (!isReload(error)) throw error;
    }
  }
  return null;
}

/** Runs in the page. Takes the first field for free text that a person could change; one for searching only where there is no other. */
function bestField(elements: readonly Element[]): Pick<Field, 'index' | 'value'> | null {
  let search: Pick<Field, 'index' | 'value'> | null = null;
  for (const [index, element] of elements.entries()) {
    if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) {
      const isText = ['text', 'search', 'textarea'].includes(element.type);
      const isFree =
        !element.matches(':disabled') && !element.readOnly && element.getAttribute('aria-disabled') !== 'true';
      // A shorter field would cut what is written.
      const isLong = element.maxLength < 0 || element.maxLength >= 32;
      const isOfLogin =
        element.form?.querySelector('input[type=password]') != null ||
        /username|email|one-time-code|current-password/.test(element.autocomplete);
      if (!isText || !isFree || !isLong || isOfLogin) continue;
      if (element.type !== 'search' && element.getAttribute('role') !== 'searchbox')
        return { index, value: element.value };
      search ??= { index, value: element.value };
    } else if (element instanceof HTMLElement && element.isContentEditable) {
      // The outermost one is what is edited.
      if (element.parentElement?.isContentEditable !== true)
        return { index, value: element.innerText.replace(/\n+$/, '') };
    }
  }
  return search;
}

async function noField(page: Page, timeoutMs: number): Promise<Error> {
  const shows = await page
    .locator('body')
    .innerText({ timeout: 2000 })
    .catch(() => '');
  const what = plainText(shows, 120);
  const isLogin = await page
    .locator('input[type=password]:visible')
    .count()
    .catch(() => 0);
  return verifyError(
    VerifyCode.NoTextField,
    `There is no visible text field after ${timeoutMs / 1000} s that could be written to (hidden, disabled and read-only ones do not count, nor those of a login). The page ${
      what === '' ? 'is empty' : `shows: "${what}"`
    }.${isLogin > 0 ? ' It asks for a password.' : ''} An app with a login, or one whose data is on another view, needs a driver that signs in and opens the view: --driver FILE (docs/cli.md shows one).`,
  );
}

function originOf(address: string): string {
  return URL.canParse(address) ? new URL(address).origin : '';
}
