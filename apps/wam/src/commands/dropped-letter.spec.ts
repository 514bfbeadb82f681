import { expect, it } from 'vitest';
import { dropNotice } from './dropped-letter.ts';

const tenant = '550e8400-e29b-41d4-a716-446655440000';
const sessionId = '550e8400-e29b-41d4-a716-446655440001';
const messageId = 'msg_01JD8X3M5N6P7Q8R9S0T1V2W3X';
const nowMs = Date.parse('2026-01-01T00:10:00.000Z');
const storedAt = new Date('2026-01-01T00:00:09.000Z');
const at = '2026-01-01T00:00:01.000Z';
const notice = (letter: unknown, subject = `dlq.sandbox.7.${tenant}.${sessionId}`) => {
  const found = dropNotice({ seq: 4, subject, data: Buffer.from(JSON.stringify(letter)), storedAt }, nowMs);
  return found && { ...found, data: JSON.parse(Buffer.from(found.data).toString()) as object };
};
const send = {
  type: 'SendMessage',
  at,
  correlationId: 'req_1',
  data: { sessionId, messageId, to: '919876543210', text: 'Hello' },
};

it('the owner of the session is told which message ends, whom it was for and what asked for it', () => {
  expect(notice(send)).toEqual({
    subject: `cmd.sandbox.7.${tenant}.${sessionId}`,
    headers: { 'Wam-Type': 'DropMessage' },
    data: {
      ...{ id: 'drop-4', type: 'DropMessage', v: 1, tenant, at: '2026-01-01T00:10:00.000Z', correlationId: 'req_1' },
      data: { sessionId, messageId, to: '919876543210', text: 'Hello', acceptedAt: at },
    },
  });
});

it('the day on which it was counted goes with it, so that it can be given back', () => {
  expect(notice({ ...send, countedOn: '2026-01-01' })?.data).toMatchObject({ countedOn: '2026-01-01' });
  expect(notice({ ...send, countedOn: 'today' })?.data).not.toHaveProperty('countedOn');
});

it('what a letter does not tell stays empty; its time is then that of the letter', () => {
  const broken = { type: 'ResendMessage', at: 'yesterday', data: { messageId, to: 7, campaignId: 'none' } };
  expect(notice(broken)?.data).toMatchObject({
    correlationId: messageId,
    data: { sessionId, messageId, to: '', text: '', acceptedAt: storedAt.toISOString() },
  });
});

it('letters about no message, without a readable id or without a session end silently', () => {
  for (const letter of ['text', {}, { type: 'SendMessage' }, { type: 'SendMessage', data: { messageId: 'msg_1' } }])
    expect(notice(letter)).toBeUndefined();
  expect(notice({ ...send, type: 'DeleteSession' })).toBeUndefined();
  expect(notice(send, 'dlq.sandbox.0.unknown.unknown')).toBeUndefined();
});
