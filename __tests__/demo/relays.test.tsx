/** @jest-environment jsdom */
/** The relays of the demo: one can be switched, added, killed, and taken off the list that the devices are reloaded with. */
import { act, fireEvent, render, screen, within } from '@testing-library/react';
import type { DevRelay } from '../../src/demo/dev-relays';
import { changed, listInUse, searchWith } from '../../src/demo/relay-list';
import { Relays } from '../../src/demo/relays';
import { readSettings } from '../../src/demo/settings';
import { describeOrigin } from '../../src/demo/sync-status';
import { RelayOrigin } from '../../src/runtime/core/status';

jest.mock('../../src/demo/relays.css', () => ({}), { virtual: true });
jest.mock('../../src/lib/react', () => ({}));

const urlOf = (index: number) => `ws://127.0.0.1:${7001 + index}`;
const own = [0, 1, 2].map((index): DevRelay => ({ index, url: urlOf(index), on: true, events: index }));
const served = { devicePorts: [], relays: undefined };

describe('the list', () => {
  const added: DevRelay = { index: 3, url: urlOf(3), on: true, events: 0, added: true };

  test('is that of the address, or of what serves the page, or of the relays that were there before it', () => {
    expect(listInUse('?relays=ws://a,ws://b', { ...served, relays: ['ws://c'] }, own)).toEqual(['ws://a', 'ws://b']);
    expect(listInUse('', { ...served, relays: ['ws://c'] }, own)).toEqual(['ws://c']);
    expect(listInUse('', served, [...own, added])).toEqual(own.map(({ url }) => url));
  });

  test('is written into the address as it is read from it', () => {
    const search = searchWith('?identity=me,you', [urlOf(0), urlOf(3)]);
    expect(search).toBe(`?identity=me,you&relays=${urlOf(0)},${urlOf(3)}`);
    expect(readSettings({ search })).toMatchObject({ identity: ['me', 'you'], relays: [urlOf(0), urlOf(3)] });
  });

  test.each([
    [{}, 'a b'],
    [{ c: true }, 'a b c'],
    [{ a: false }, 'b'],
    [{ a: true, b: false }, 'a'],
    [{ c: false }, 'a b'],
  ])('with %j is %j', (changes, expected) => {
    expect(changed(['a', 'b'], new Map(Object.entries(changes))).join(' ')).toBe(expected);
  });
});

describe('the controls', () => {
  let relays: DevRelay[];
  let asked: string[];
  const onReload = jest.fn();

  const answerTo = (method: string, at: string, body: { readonly on?: boolean }): unknown => {
    const [, index, events] = /relays(?:\/(\d+))?(\/events)?$/.exec(at)!;
    if (events) return [];
    if (method === 'GET') return relays;
    asked.push(`${method} ${index ?? ''} ${JSON.stringify(body)}`);
    if (index === undefined) relays = [...relays, { ...own[0]!, index: 3, url: urlOf(3), added: true }];
    else
      relays = relays.map((relay) => {
        if (relay.index !== Number(index)) return relay;
        return method === 'DELETE' ? { ...relay, on: false, events: 0, killed: true } : { ...relay, on: body.on! };
      });
    return relays.at(Number(index ?? -1));
  };

  beforeEach(async () => {
    relays = [...own];
    asked = [];
    onReload.mockReset();
    global.fetch = jest.fn(async (at: string, { method = 'GET', body = '{}' }: RequestInit = {}) => ({
      ok: true,
      headers: new Headers({ 'Content-Type': 'application/json' }),
      json: async () => answerTo(method, at, JSON.parse(String(body)) as { on?: boolean }),
    })) as never;
    await act(async () => void render(<Relays search="" served={served} onReload={onReload} />));
    await screen.findByTestId('relay-2');
  });

  /** And whatever follows from it. */
  const click = (testId: string) => act(async () => void fireEvent.click(screen.getByTestId(testId)));
  const button = (testId: string) => screen.getByTestId(testId) as HTMLButtonElement;

  test('a relay is added, and the devices know it when they are reloaded', async () => {
    await click('relay-add');
    const row = await screen.findByTestId('relay-3');
    expect(row.dataset).toMatchObject({ listed: 'false', killed: 'false' });
    expect(within(row).getByText(/not on the devices’ list/)).toBeTruthy();
    expect((await screen.findByTestId('list-changed')).textContent).toContain('4 relays');
    expect(onReload).not.toHaveBeenCalled();
    await click('devices-reload');
    expect(onReload).toHaveBeenCalledWith([0, 1, 2, 3].map(urlOf));
    expect(asked).toEqual(['POST  {}']);
  });

  test('a relay that is killed cannot be switched on again, and stays on the list', async () => {
    await click('relay-1-show');
    await click('relay-kill');
    expect(await screen.findByText(/dead/)).toBeTruthy();
    expect(screen.getByTestId('relay-1').dataset).toMatchObject({ on: 'false', killed: 'true', listed: 'true' });
    expect(screen.queryByTestId('relay-1-switch')).toBeNull();
    expect(button('relay-kill').disabled).toBe(true);
    expect(screen.queryByTestId('list-changed')).toBeNull();
    expect(asked).toEqual(['DELETE 1 {}']);
  });

  test('no list has fewer than three relays', async () => {
    expect(button('relay-listed').disabled).toBe(true);
    expect(button('relay-listed').title).toContain('fewer than 3');
    await click('relay-add');
    await screen.findByTestId('list-changed');
    await click('relay-0-show');
    expect(button('relay-listed').textContent).toBe('Take relay 1 off the list');
    await click('relay-listed');
    expect(button('relay-listed').textContent).toBe('Put relay 1 on the list');
    await click('devices-reload');
    expect(onReload).toHaveBeenCalledWith([1, 2, 3].map(urlOf));
  });

  test('a relay is switched off and on', async () => {
    await click('relay-0-switch');
    expect(screen.getByTestId('relay-0').dataset.on).toBe('false');
    await click('relay-0-switch');
    expect(asked).toEqual(['POST 0 {"on":false}', 'POST 0 {"on":true}']);
  });
});

test.each(Object.values(RelayOrigin))('says in words that a relay is known from %s', (origin) => {
  expect(describeOrigin(origin)).toMatch(/list|device/);
});
