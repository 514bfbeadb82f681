import { subjects } from '@wam/contracts';
import { describe, expect, it } from 'vitest';
import { parseCommand } from './parse-command.ts';

const tenant = '6fa1c2e4-0000-4000-8000-000000000001';
const sessionId = '550e8400-e29b-41d4-a716-446655440000';
const subject = subjects.command({ pool: 'sandbox', partition: 7, tenant, sessionId });
const send = {
  id: 'msg_01JD8X3M5N6P7Q8R9S0T1V2W3X',
  type: 'SendMessage',
  v: 1,
  tenant,
  at: '2026-01-01T00:00:00.000Z',
  correlationId: 'req-1',
  notAfter: '2026-01-01T00:01:00.000Z',
  data: { sessionId, messageId: 'msg_01JD8X3M5N6P7Q8R9S0T1V2W3X', to: '15551230002', text: 'hi' },
};
const parse = (value: unknown, on = subject) => parseCommand(on, Buffer.from(JSON.stringify(value)));
const reasonOf = (result: ReturnType<typeof parse>) => (result.ok ? undefined : result.reason);

describe('A command from the bus', () => {
  it('is taken when it matches its contract', () => expect(parse(send)).toEqual({ ok: true, command: send }));
  it('is refused when it is not JSON', () =>
    expect(parseCommand(subject, Buffer.from('{"a'))).toEqual({ ok: false, reason: 'not JSON' }));
  it('is refused without an envelope', () => expect(reasonOf(parse({ ...send, id: undefined }))).toMatch(/envelope/));
  it('is refused when nobody knows its type', () =>
    expect(reasonOf(parse({ ...send, type: 'constructor' }))).toMatch(/unknown command type/));
  it('is refused when its data have another form', () =>
    expect(reasonOf(parse({ ...send, data: { ...send.data, to: '+15551230002' } }))).toMatch(/schema/));
  it('is refused when its subject names another session or tenant', () => {
    const other = '650e8400-e29b-41d4-a716-446655440000';
    expect(
      reasonOf(parse(send, subjects.command({ pool: 'sandbox', partition: 7, tenant, sessionId: other }))),
    ).toMatch(/differ/);
    expect(
      reasonOf(parse(send, subjects.command({ pool: 'sandbox', partition: 7, tenant: other, sessionId }))),
    ).toMatch(/differ/);
  });
});
