import { expect, it } from 'vitest';
import { causeKeyOf, spanKeys, traceKeyOf } from './trace-keys.ts';

it('a message has its own trace; everything else is in the trace of what asked for it', () => {
  expect(traceKeyOf({ correlationId: 'req_1', data: { messageId: 'msg_1' } })).toBe('msg_1');
  expect(traceKeyOf({ correlationId: 'req_1', data: { sessionId: 's' } })).toBe('req_1');
});

it('an event is under the command that was carried out, or the request that was answered; what happens by itself is under nothing', () => {
  expect(causeKeyOf({ correlationId: 'req_1', causationId: 'cmd_1' })).toBe(spanKeys.accept('cmd_1'));
  expect(causeKeyOf({ correlationId: 'req_1', causationId: 'req_1' })).toBe(spanKeys.request('req_1'));
  expect(causeKeyOf({ correlationId: 'session', causationId: 'connection-session' })).toBeUndefined();
});
