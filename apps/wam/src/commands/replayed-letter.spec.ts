import { expect, it } from 'vitest';
import { replayedCommand } from './replayed-letter.ts';

const nowMs = Date.parse('2026-01-01T00:10:00.000Z');
const subject = 'dlq.sandbox.7.tenant.session';
const letter = (command: unknown, headers: Record<string, string> = {}) => ({
  subject,
  data: Buffer.from(typeof command === 'string' ? command : JSON.stringify(command)),
  headers,
});
const dataOf = (command: unknown) => Buffer.from(replayedCommand(letter(command), nowMs).data).toString();

it('goes back to the session it came from, without what belongs to the letter or to who asked', () => {
  const headers = {
    'Wam-Type': 'SendMessage',
    'Wam-Reply-Inbox': '_INBOX.x',
    'Wam-Dead-Reason': 'bad',
    'Wam-Dead-Sequence': '4',
    'Nats-Msg-Id': 'dead-4',
  };
  expect(replayedCommand(letter({ id: 'a' }, headers), nowMs)).toEqual({
    subject: 'cmd.sandbox.7.tenant.session',
    data: Buffer.from('{"id":"a"}'),
    headers: { 'Wam-Type': 'SendMessage' },
  });
});

it('gets a new deadline when its own has passed', () => {
  expect(dataOf({ notAfter: '2026-01-01T00:01:00.000Z' })).toBe('{"notAfter":"2026-01-01T00:11:00.000Z"}');
  expect(dataOf({ notAfter: '2026-01-01T00:10:01.000Z' })).toBe('{"notAfter":"2026-01-01T00:10:01.000Z"}');
  expect(dataOf({ notAfter: 7 })).toBe('{"notAfter":7}');
});

it('is byte for byte what it was when nobody can read it', () => {
  for (const text of ['{"broken', '[]', 'null', '"x"']) expect(dataOf(text)).toBe(text);
});
