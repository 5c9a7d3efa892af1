/** @jest-environment jsdom */
import { Lifecycle } from '../../../src/runtime/core/lifecycle';
import { watchFrames, watchPage } from '../../../src/runtime/page/page-events';

function setVisibility(state: DocumentVisibilityState) {
  Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}
afterEach(() => setVisibility('visible'));

describe('watchPage', () => {
  test.each([
    ['online', window, Lifecycle.Online],
    ['offline', window, Lifecycle.Offline],
    ['pagehide', window, Lifecycle.Leaving],
    ['freeze', document, Lifecycle.Leaving],
    ['resume', document, Lifecycle.Resumed],
  ])('forwards %s', (name, target, expected) => {
    const forwarded: Lifecycle[] = [];
    const end = watchPage((event) => forwarded.push(event));
    target.dispatchEvent(new Event(name));
    end();
    expect(forwarded).toEqual([expected]);
  });

  test('tells a hidden page from a visible one', () => {
    const forwarded: Lifecycle[] = [];
    const end = watchPage((event) => forwarded.push(event));
    setVisibility('hidden');
    setVisibility('visible');
    end();
    expect(forwarded).toEqual([Lifecycle.Hidden, Lifecycle.Visible]);
  });

  test('says what already holds when it begins', () => {
    setVisibility('hidden');
    const forwarded: Lifecycle[] = [];
    watchPage((event) => forwarded.push(event))();
    expect(forwarded).toEqual([Lifecycle.Hidden]);
  });

  test('says nothing after its end', () => {
    const forwarded: Lifecycle[] = [];
    watchPage((event) => forwarded.push(event))();
    window.dispatchEvent(new Event('online'));
    expect(forwarded).toEqual([]);
  });
});

describe('watchFrames', () => {
  /** Animation frames that come when the test says so. */
  function ownFrames() {
    let waiting: FrameRequestCallback[] = [];
    jest.spyOn(window, 'requestAnimationFrame').mockImplementation((callback) => waiting.push(callback));
    const now = jest.spyOn(performance, 'now').mockReturnValue(0);
    return {
      get asked() {
        return waiting.length;
      },
      at(ms: number) {
        now.mockReturnValue(ms);
        const due = waiting;
        waiting = [];
        for (const callback of due) callback(ms);
      },
    };
  }
  afterEach(() => jest.restoreAllMocks());

  test('runs no frames for what a person types', () => {
    const frames = ownFrames();
    const noteChange = watchFrames(() => {});
    noteChange(1);
    expect(frames.asked).toBe(0);
  });

  test('reports by how much the worst frame was late', () => {
    const frames = ownFrames();
    const reports: number[] = [];
    const noteChange = watchFrames((lagMs) => reports.push(lagMs));
    noteChange(100);
    // One frame takes 100 ms, 83 more than it should.
    for (const ms of [0, 16, 116, 132, 149, 200]) frames.at(ms);
    expect(reports).toEqual([83]);
  });

  test('stops when merges have stopped, and begins again with the next', () => {
    const frames = ownFrames();
    const noteChange = watchFrames(() => {});
    noteChange(100);
    for (let ms = 0; ms <= 1000; ms += 50) frames.at(ms);
    expect(frames.asked).toBe(0);
    noteChange(100);
    expect(frames.asked).toBe(1);
  });
});
