import { FrameKind, parseFrame } from '../../../src/runtime/relay/frames';
import { makeHead } from '../../support/test-slots';

const { event } = makeHead({ createdAt: 1 });
const most = 524_288;
const parse = (value: unknown) => parseFrame(typeof value === 'string' ? value : JSON.stringify(value), most);

describe('parseFrame', () => {
  it.each([
    [['EVENT', 's1', event], { kind: FrameKind.Event, subscriptionId: 's1', event }],
    [['EOSE', 's1'], { kind: FrameKind.Eose, subscriptionId: 's1', finish: false }],
    [['EOSE', 's1', ['more']], { kind: FrameKind.Eose, subscriptionId: 's1', finish: false }],
    [['EOSE', 's1', ['finish']], { kind: FrameKind.Eose, subscriptionId: 's1', finish: true }],
    [['OK', event.id, true, ''], { kind: FrameKind.Ok, eventId: event.id, accepted: true, reason: '' }],
    [['OK', event.id, false], { kind: FrameKind.Ok, eventId: event.id, accepted: false, reason: '' }],
    [['CLOSED', 's1', 'error: x'], { kind: FrameKind.Closed, subscriptionId: 's1', reason: 'error: x' }],
    [['NOTICE', 'hello'], { kind: FrameKind.Notice, reason: 'hello' }],
    [['NEG-MSG', 'n1', '61'], { kind: FrameKind.NegMessage, subscriptionId: 'n1', message: '61' }],
    [['NEG-ERR', 'n1', 'blocked: x'], { kind: FrameKind.NegError, subscriptionId: 'n1' }],
    [['AUTH', 'challenge'], { kind: FrameKind.Auth, challenge: 'challenge' }],
    [['COUNT', 's1', { count: 7 }], { kind: FrameKind.Other }],
    [['OK', '', false, 'invalid: no event'], { kind: FrameKind.Other }],
  ])('reads %j', (frame, expected) => {
    expect(parse(frame)).toEqual(expected);
  });

  it.each([
    ['{'],
    ['[]'],
    ['null'],
    ['7'],
    ['"EVENT"'],
    ['{"0":"OK"}'],
    [['OK']],
    [['OK', event.id]],
    [['OK', event.id, 'true']],
    [['OK', 7, true]],
    [['EOSE']],
    [['EOSE', '']],
    [['EOSE', 'x'.repeat(65)]],
    [['EVENT']],
    [['EVENT', 's1', null]],
    [['EVENT', 's1', []]],
    [['EVENT', 's1', { ...event, id: 7 }]],
    [['EVENT', 's1', { ...event, id: event.id.toUpperCase() }]],
    [['EVENT', 's1', { ...event, created_at: 1.5 }]],
    [['EVENT', 's1', { ...event, created_at: -1 }]],
    [['EVENT', 's1', { ...event, created_at: '1' }]],
    [['EVENT', 's1', { ...event, created_at: 1e300 }]],
    [['EVENT', 's1', { ...event, tags: null }]],
    [['EVENT', 's1', { ...event, tags: ['d'] }]],
    [['EVENT', 's1', { ...event, tags: [['d', 7]] }]],
    [['EVENT', 's1', { ...event, content: null }]],
    [['EVENT', 's1', { ...event, sig: '' }]],
    [['NEG-MSG', 'n1', 7]],
    [['NEG-ERR', 7]],
    [['AUTH', '']],
    [['AUTH', 'x'.repeat(5_000)]],
    [['AUTH', {}]],
    [[7, 's1']],
  ])('makes nothing of %j', (frame) => {
    expect(parse(frame)).toBeUndefined();
  });

  it('makes nothing of binary messages, of two megabytes, or of JSON as deep as a message can be', () => {
    expect(parseFrame(new ArrayBuffer(8), most)).toBeUndefined();
    expect(parseFrame(new Uint8Array(8), most)).toBeUndefined();
    expect(parseFrame(`["NOTICE","${'x'.repeat(2 << 20)}"]`, most)).toBeUndefined();
    expect(parseFrame('['.repeat(most), most)).toBeUndefined();
    expect(parseFrame('['.repeat(most / 2) + ']'.repeat(most / 2), most)).toBeUndefined();
  });

  it('keeps no more of a reason than a person would read', () => {
    const frame = parse(['NOTICE', 'x'.repeat(100_000)]);
    expect(frame?.kind === FrameKind.Notice && frame.reason.length).toBe(1_024);
  });
});
