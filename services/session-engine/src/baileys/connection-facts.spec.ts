import { Boom } from '@hapi/boom';
import { describe, expect, it } from 'vitest';
import { closedFact, httpRefusal, lidOfJid, messageAck, messageReceipt, phoneOfJid } from './connection-facts.ts';

const closed = (
  statusCode: number,
  more: { message?: string; data?: unknown; linked?: boolean; qrIssued?: boolean } = {},
) =>
  closedFact({
    error: new Boom(more.message ?? 'Stream Errored', { statusCode, data: more.data }),
    linked: more.linked ?? true,
    qrIssued: more.qrIssued ?? false,
  });

describe('The end of a connection', () => {
  it.each([
    [401, 'logged-out'],
    [403, 'banned'],
    [405, 'client-outdated'],
    [408, 'connection-lost'],
    [428, 'connection-lost'],
    [440, 'replaced'],
    [500, 'unknown'],
    [503, 'server-unavailable'],
    [515, 'restart-required'],
    [599, 'unknown'],
  ])('with %i is %s', (statusCode, cause) => expect(closed(statusCode)).toEqual({ cause, statusCode }));

  it('without an error was asked for by us', () =>
    expect(closedFact({ error: undefined, linked: true, qrIssued: false })).toEqual({ cause: 'requested' }));
  it('with 408 before anybody scanned means that the QR codes ran out', () =>
    expect(closed(408, { linked: false, qrIssued: true }).cause).toBe('qr-timeout'));
  it('by a refused connection is no loss of one', () =>
    expect(closed(408, { message: 'WebSocket Error (connect ECONNREFUSED)' }).cause).toBe('connection-refused'));
  it.each([401, 403, 405])('by an HTTP %i to the upgrade is neither a logout nor a ban', (statusCode) =>
    expect(closed(statusCode, { data: httpRefusal }).cause).toBe('connection-refused'),
  );
});

describe('An acknowledgement', () => {
  it('says that the server has the message', () =>
    expect(messageAck({ attrs: { id: '3EB0A', class: 'message' } })).toEqual({ waMessageId: '3EB0A' }));
  it('with an error says that it was refused', () =>
    expect(messageAck({ attrs: { id: '3EB0A', error: '463' } })).toEqual({ waMessageId: '3EB0A', errorCode: 463 }));
  it('without an id says nothing', () => expect(messageAck({ attrs: {} })).toBeUndefined());
});

describe('A receipt', () => {
  it('without a type is a delivery', () =>
    expect(messageReceipt({ attrs: { id: 'A' } })).toEqual({ kind: 'delivered', waMessageIds: ['A'] }));
  it.each(['read', 'played'])('of type %s is a reading', (type) =>
    expect(messageReceipt({ attrs: { id: 'A', type } })?.kind).toBe('read'),
  );
  it.each(['retry', 'sender', 'inactive', 'read-self', 'peer_msg'])('of type %s is neither', (type) =>
    expect(messageReceipt({ attrs: { id: 'A', type } })).toBeUndefined(),
  );
  it('may name many messages', () => {
    const item = (id: string) => ({ tag: 'item', attrs: { id } });
    const content = [{ tag: 'list', attrs: {}, content: [item('B'), item('C'), item('A')] }];
    expect(messageReceipt({ attrs: { id: 'A', type: 'read' }, content })?.waMessageIds).toEqual(['A', 'B', 'C']);
  });
});

describe('A jid', () => {
  it('is a phone number, with or without a device', () => {
    expect(phoneOfJid('15551230001@s.whatsapp.net')).toBe('15551230001');
    expect(phoneOfJid('15551230001:12@s.whatsapp.net')).toBe('15551230001');
    expect(phoneOfJid('77@lid')).toBeUndefined();
    expect(phoneOfJid('123-456@g.us')).toBeUndefined();
    expect(phoneOfJid(undefined)).toBeUndefined();
  });
  it('or a LID', () => {
    expect(lidOfJid('77:3@lid')).toBe('77');
    expect(lidOfJid('15551230001@s.whatsapp.net')).toBeUndefined();
  });
});
