import { randomUUID } from 'node:crypto';
import type { AnswerOf, listMessages, MessageEvent, SessionEvent } from '@wam/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodyOf, type Harness, startHarness } from '../testing/harness.ts';
import { instant, messageEvent, messageIdOf, privateOf } from '../testing/histories.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
  await harness.start();
});
afterAll(() => harness[Symbol.asyncDispose]());

type Page = AnswerOf<typeof listMessages, 200>;
interface Account {
  tenant: string;
  sessionId: string;
}
const freshAccount = (): Account => ({ tenant: randomUUID(), sessionId: randomUUID() });
let number = 0;
type Stage = 'sent' | 'failed' | 'read';

/** An outgoing message accepted at `offsetMs`, and what became of it. */
function outgoing({ tenant, sessionId }: Account, offsetMs: number, ...stages: Stage[]): MessageEvent[] {
  const ids = { sessionId, messageId: messageIdOf(++number), waMessageId: `3EB0${number}` };
  const acceptedAt = instant(offsetMs);
  const later = {
    sent: () => messageEvent('MessageSent', acceptedAt, { ...ids, acceptedAt }, tenant),
    read: () => messageEvent('MessageRead', acceptedAt, ids, tenant),
    failed: () =>
      messageEvent(
        'MessageFailed',
        acceptedAt,
        { ...ids, acceptedAt, sealed: 'x', code: 'NOT_ON_WHATSAPP', reason: 'r' },
        tenant,
      ),
  };
  return [
    messageEvent('MessageAccepted', acceptedAt, { ...ids, acceptedAt, sealed: 'x' }, tenant),
    ...stages.map((stage) => later[stage]()),
  ];
}
function incoming({ tenant, sessionId }: Account, offsetMs: number, more: object = {}): MessageEvent {
  const ids = { sessionId, messageId: messageIdOf(++number), waMessageId: `in${number}` };
  const data = { ...ids, receivedAt: instant(offsetMs), kind: 'text' as const, offline: false, sealed: 'x', ...more };
  return messageEvent('MessageReceived', instant(offsetMs), data, tenant);
}
const idOf = (events: MessageEvent[]): string => events[0]!.data.messageId;
const ask = ({ tenant }: Account, query: object = {}) => harness.ask('listMessages', tenant, { query });
const list = async (account: Account, query: object = {}): Promise<Page> => bodyOf<Page>(await ask(account, query));
const idsOf = ({ data }: Page): string[] => data.map(({ messageId }) => messageId);

describe('the list of messages', () => {
  it('shows what an account sent, newest first, in the shape of a single message', async () => {
    const account = freshAccount();
    const [older, newer] = [outgoing(account, 0, 'sent'), outgoing(account, 1_000)];
    await harness.publishAll([...newer, ...older, incoming(account, 2_000)]);
    const page = await list(account);
    expect(page).toMatchObject({ hasMore: false, nextCursor: null });
    expect(idsOf(page)).toEqual([idOf(newer), idOf(older)]);
    const params = { messageId: idOf(older) };
    expect(page.data[1]).toEqual(bodyOf(await harness.ask('getMessage', account.tenant, { params })));
  });

  it('shows what was received when asked for it', async () => {
    const account = freshAccount();
    const event = incoming(account, 0);
    const { messageId } = event.data;
    await harness.publishAll([event, ...outgoing(account, 1)]);
    const { phone, text } = privateOf(messageId);
    expect((await list(account, { direction: 'in' })).data).toMatchObject([
      { messageId, direction: 'in', from: phone, to: null, status: 'received', text, error: null },
    ]);
  });

  it('shows content and references of what was received, opened for this answer', async () => {
    const account = freshAccount();
    const event = incoming(account, 0, {
      kind: 'reaction',
      writtenAt: instant(-1_000),
      target: { waMessageId: '3EB0', messageId: messageIdOf(1) },
    });
    await harness.publishAll([event]);
    const [found] = (await list(account, { direction: 'in' })).data;
    expect(found).toMatchObject({
      received: {
        ...{ kind: 'reaction', text: privateOf(event.data.messageId).text, offline: false },
        writtenAt: instant(-1_000),
        target: { waMessageId: '3EB0', messageId: messageIdOf(1) },
        ...{ replyTo: null, media: null, fromName: null, fromLid: null, group: null, location: null, contacts: null },
      },
    });
  });

  it('is filtered by session, status, recipient and time, alone and together', async () => {
    const account = freshAccount();
    const other = { ...account, sessionId: randomUUID() };
    const failed = outgoing(account, 0, 'failed');
    const sent = outgoing(account, 1_000, 'sent');
    const read = outgoing(other, 2_000, 'sent', 'read');
    await harness.publishAll([failed, sent, read].flat());
    const found = async (query: object) => idsOf(await list(account, query));
    expect(await found({ sessionId: account.sessionId })).toEqual([idOf(sent), idOf(failed)]);
    expect(await found({ status: 'failed' })).toEqual([idOf(failed)]);
    expect(await found({ status: 'read' })).toEqual([idOf(read)]);
    expect(await found({ recipient: privateOf(idOf(sent)).phone })).toEqual([idOf(sent)]);
    expect(await found({ since: instant(1_000) })).toEqual([idOf(read), idOf(sent)]);
    expect(await found({ until: instant(1_000) })).toEqual([idOf(failed)]);
    const elsewhere = new Date(Date.parse(instant(1_000)) + 5.5 * 3_600_000).toISOString().replace('.000Z', '+05:30');
    expect(await found({ since: elsewhere })).toEqual([idOf(read), idOf(sent)]);
    expect(await found({ sessionId: other.sessionId, status: 'failed' })).toEqual([]);
    expect(await found({ sessionId: account.sessionId, status: 'sent', since: instant(1_000) })).toEqual([idOf(sent)]);
  });

  it('shows every message once, page by page, whatever arrives meanwhile and however many share an instant', async () => {
    const account = freshAccount();
    const messages = Array.from({ length: 23 }, (_, i) => outgoing(account, Math.floor(i / 5)));
    await harness.publishAll(messages.flat());
    const seen: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await list(account, { limit: 4, ...(cursor ? { cursor } : {}) });
      expect(page.hasMore).toBe(page.nextCursor !== null);
      seen.push(...idsOf(page));
      cursor = page.nextCursor;
      await harness.publishAll(outgoing(account, 60_000));
    } while (cursor !== null);
    expect(seen).toHaveLength(23);
    expect(new Set(seen)).toEqual(new Set(messages.map(idOf)));
    expect(seen.toSorted().reverse()).toEqual(seen);
  });

  it('refuses what no page can be found for, and names the parameter', async () => {
    const account = freshAccount();
    const param = async (query: object) => {
      const reply = await ask(account, query);
      expect(reply).toMatchObject({ ok: false, code: 'VALIDATION_FAILED' });
      return (reply as { param?: string }).param;
    };
    expect(await param({ cursor: 'bm90IGEgY3Vyc29y' })).toBe('cursor');
    expect(await param({ direction: 'in', status: 'failed' })).toBe('status');
  });

  it('is empty for everybody else, with the same filters and the same cursor', async () => {
    const account = freshAccount();
    await harness.publishAll([outgoing(account, 0, 'failed'), outgoing(account, 1)].flat());
    const { nextCursor } = await list(account, { limit: 1 });
    const stranger = freshAccount();
    for (const query of [{}, { sessionId: account.sessionId }, { cursor: nextCursor }, { status: 'failed' }])
      expect((await list(stranger, query)).data).toEqual([]);
  });
});

let sessionEvents = 0;
const sessionEvent = (type: SessionEvent['type'], { tenant, sessionId }: Account, data: object = {}): SessionEvent => {
  const id = `list-session-${++sessionEvents}`;
  const envelope = { id, v: 1, version: 1, tenant, at: instant(sessionEvents), correlationId: 'c', causationId: 'c' };
  return { ...envelope, type, data: { sessionId, ...data } } as unknown as SessionEvent;
};
const created = (account: Account, network = 'sandbox') =>
  sessionEvent('SessionCreated', account, { name: 'n', description: '', network });

describe('the route of a message that is to be sent again', () => {
  const route = ({ tenant }: Account, messageId: string) =>
    harness.ask('failedMessageRoute', tenant, { params: { messageId } });

  it('is that of its session, when it has failed', async () => {
    const account = freshAccount();
    const [failed, read] = [outgoing(account, 0, 'failed'), outgoing(account, 0, 'sent', 'failed', 'read')];
    await harness.publishAll([created(account), ...failed, ...read]);
    const { sessionId } = account;
    expect(bodyOf(await route(account, idOf(failed)))).toEqual({ sessionId, network: 'sandbox', pool: 'sandbox' });
    expect(await route(account, idOf(read))).toMatchObject({ ok: false, code: 'MESSAGE_NOT_RESENDABLE' });
    expect(await route(account, messageIdOf(999_999))).toMatchObject({ ok: false, code: 'MESSAGE_NOT_FOUND' });
    expect(await route(freshAccount(), idOf(failed))).toMatchObject({ ok: false, code: 'MESSAGE_NOT_FOUND' });
  });

  it('is gone with its session', async () => {
    const account = freshAccount();
    const failed = outgoing(account, 0, 'failed');
    await harness.publishAll([created(account), ...failed, sessionEvent('SessionDeleted', account)]);
    expect(await route(account, idOf(failed))).toMatchObject({ ok: false, code: 'MESSAGE_NOT_RESENDABLE' });
  });
});

describe('the default session of the legacy endpoints', () => {
  it('is the oldest one that is not deleted; deleted ones are counted', async () => {
    const account = freshAccount();
    const first = async () => bodyOf(await harness.ask('firstSession', account.tenant));
    const status = () => harness.ask('getWhatsAppStatus', account.tenant);
    expect(await first()).toEqual({ session: null, sessionsEver: 0 });
    expect(await status()).toMatchObject({ ok: false, code: 'SESSION_NOT_FOUND' });
    const [older, newer] = [account, { ...account, sessionId: randomUUID() }];
    await harness.publishAll([created(older), created(newer)]);
    expect(await first()).toMatchObject({ session: { sessionId: older.sessionId }, sessionsEver: 2 });
    expect(bodyOf(await status())).toMatchObject({ sessionId: older.sessionId, status: 'connecting' });
    await harness.publishAll([sessionEvent('SessionDeleted', older)]);
    expect(await first()).toMatchObject({ session: { sessionId: newer.sessionId }, sessionsEver: 2 });
  });
});
