/** Generators of event histories for the property tests: plausible ones, and what a network makes of them. */
import type { AnyEvent, CampaignEvent, MessageEvent, MessagePrivate } from '@wam/contracts';
import fc from 'fast-check';

export const tenantA = '00000000-0000-4000-8000-00000000000a';
export const tenantB = '00000000-0000-4000-8000-00000000000b';
const epochMs = Date.parse('2024-01-08T23:40:00.000Z');
export const instant = (offsetMs: number): string => new Date(epochMs + offsetMs).toISOString();

export const sessionIdOf = (index: number): string => `00000000-0000-4000-9000-${String(index).padStart(12, '0')}`;
export const messageIdOf = (index: number): string => `msg_${String(index).padStart(26, '0')}`;
export const privateOf = (messageId: string): MessagePrivate => ({
  phone: `9198${messageId.slice(-8)}`,
  text: `Hello, this is the text of ${messageId}`,
});

export const campaignIdOf = (index: number): string => `cmp_${String(index).padStart(26, '0')}`;

let eventNumber = 0;
export function messageEvent<T extends MessageEvent['type']>(
  type: T,
  at: string,
  data: Extract<MessageEvent, { type: T }>['data'],
  tenant: string = tenantA,
): MessageEvent {
  const id = `${type}-${data.messageId}-${eventNumber++}`;
  return { id, type, v: 1, version: 0, tenant, at, correlationId: 'c', causationId: 'c', data } as MessageEvent;
}

export interface MessageScript {
  tenant: string;
  sessionId: string;
  messageId: string;
  campaignId: string | undefined;
  acceptedAt: string;
  /** Each type at most once, in the order in which a flawless network would bring them. */
  ordered: MessageEvent[];
}

/** What the events of one message hold, by type. */
export function dataOf(
  ids: { sessionId: string; messageId: string; waMessageId: string },
  of: { acceptedAt: string; campaignId: string | undefined; kind: 'text' | 'image' | 'reaction'; sealed: string },
) {
  const { acceptedAt, campaignId, kind, sealed } = of;
  const command = { ...ids, acceptedAt, ...(campaignId !== undefined && { campaignId }) };
  return {
    MessageAccepted: { ...command, sealed },
    MessageSent: command,
    MessageDelivered: ids,
    MessageRead: ids,
    MessageFailed: { ...command, sealed, code: 'NOT_ON_WHATSAPP', reason: 'no such number' },
    MessageReceived: { ...ids, receivedAt: acceptedAt, kind, offline: false, sealed },
  } as const;
}

const outgoing = ['MessageAccepted', 'MessageSent', 'MessageFailed', 'MessageDelivered', 'MessageRead'] as const;

/** One message with any subset of its events (at least one), over two tenants and three sessions. */
export const messageScript = (index: number): fc.Arbitrary<MessageScript> =>
  fc
    .record({
      incoming: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
      types: fc.subarray([...outgoing], { minLength: 1 }),
      start: fc.integer({ min: 0, max: 3_600_000 }),
      gaps: fc.array(fc.integer({ min: 0, max: 2_000_000 }), { minLength: 6, maxLength: 6 }),
      session: fc.integer({ min: 0, max: 2 }),
      kind: fc.constantFrom('text' as const, 'reaction' as const),
      campaign: fc.integer({ min: 0, max: 2 }),
    })
    .map(({ incoming, types, start, gaps, session, kind, campaign }) => {
      const tenant = session === 2 ? tenantB : tenantA;
      const ids = { sessionId: sessionIdOf(session), messageId: messageIdOf(index), waMessageId: `3EB0${index}` };
      const acceptedAt = instant(start);
      const sealed = ids.messageId;
      const campaignId = campaign === 0 || incoming ? undefined : campaignIdOf(campaign);
      const data = dataOf(ids, { acceptedAt, campaignId, kind, sealed });
      const make = (type: MessageEvent['type'], at: string): MessageEvent => messageEvent(type, at, data[type], tenant);
      let clock = start;
      const ordered = (incoming ? (['MessageReceived'] as const) : types).map((type, i) => {
        clock += gaps[i] ?? 0;
        return make(type, instant(clock));
      });
      return { tenant, sessionId: ids.sessionId, messageId: ids.messageId, campaignId, acceptedAt, ordered };
    });

/** The same events in any order, each one to three times; repeats carry a later instant, as a repeated receipt does. */
export const disturbed = <E extends AnyEvent>(ordered: readonly E[]): fc.Arbitrary<E[]> =>
  fc
    .array(fc.integer({ min: 1, max: 3 }), { minLength: ordered.length, maxLength: ordered.length })
    .chain((repeats) => {
      const all = ordered.flatMap((event, i) =>
        Array.from({ length: repeats[i] ?? 1 }, (_, n) => ({
          ...event,
          id: `${event.id}-${n}`,
          at: new Date(Date.parse(event.at) + n * 700_000).toISOString(),
        })),
      );
      return fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length });
    });

/** Several scripts' events mixed; each script keeps its own order. */
export function interleaved<E>(lists: readonly (readonly E[])[], picks: readonly number[]): E[] {
  const queues = lists.map((list) => [...list]).filter((queue) => queue.length > 0);
  const mixed: E[] = [];
  for (let i = 0; queues.length > 0; i++) {
    const at = (picks[i % Math.max(1, picks.length)] ?? 0) % queues.length;
    const next = queues[at]?.shift();
    if (next !== undefined) mixed.push(next);
    if (queues[at]?.length === 0) queues.splice(at, 1);
  }
  return mixed;
}

/**
 * A whole log: sessions come and go, messages of two tenants arrive disturbed and mixed. Same seed, same history.
 * @param firstMessage number of the first message; a history with a later one goes on with the sessions and campaigns of the first
 */
export function generateHistory(seed: number, messages: number, firstMessage = 0): AnyEvent[] {
  const sessions = [0, 1, 2].map((index) => sessionLife(sessionIdOf(index), index === 2 ? tenantB : tenantA));
  const lives = firstMessage === 0 ? [...sessions, ...[0, 1].map(campaignLife)] : [];
  const scripts = fc.tuple(
    ...Array.from({ length: messages }, (_, i) =>
      messageScript(firstMessage + i).chain((script) => disturbed(script.ordered)),
    ),
  );
  const all = fc
    .tuple(scripts, fc.array(fc.nat(), { minLength: 500, maxLength: 500 }))
    .map(([lists, picks]) => interleaved<AnyEvent>([...lives, ...lists], picks));
  return fc.sample(all, { seed, numRuns: 1 })[0] ?? [];
}

function sessionLife(sessionId: string, tenant: string): AnyEvent[] {
  const life: [string, Record<string, unknown>][] = [
    ['SessionCreated', { name: 'Support Bot', description: '', network: 'sandbox' }],
    ['SessionQrIssued', { expiresAt: instant(60_000) }],
    ['SessionPaired', { phone: '15551230001' }],
    ['SessionConnected', { phone: '15551230001' }],
    ['SessionReconnecting', { cause: 'connection-lost', attempt: 1, delayMs: 500 }],
    ['SessionConnected', { phone: '15551230001' }],
  ];
  return life.map(([type, data], i) => ({
    ...{ id: `${sessionId}-${i}`, type, v: 1, version: i + 1, tenant, at: instant(i * 1000) },
    ...{ correlationId: 'c', causationId: 'c', data: { sessionId, ...data } },
  }));
}

export function campaignEvent<T extends CampaignEvent['type']>(
  version: number,
  type: T,
  data: Extract<CampaignEvent, { type: T }>['data'],
): CampaignEvent {
  const id = `${data.campaignId}-${version}`;
  const at = instant(version * 1000);
  return { id, type, v: 1, version, tenant: tenantA, at, correlationId: 'c', causationId: 'c', data } as CampaignEvent;
}

/** From the draft to its end, with a pause and a second try. */
export function campaignLife(index: number): CampaignEvent[] {
  const ref = { campaignId: campaignIdOf(index) };
  const progress = (pending: number, sent: number, failed: number) => ({
    ...ref,
    ...{ total: 10, pending, sent, failed, optedOut: 1 },
  });
  return [
    campaignEvent(1, 'CampaignCreated', { ...ref, name: 'Autumn sale', total: 0 }),
    campaignEvent(2, 'RecipientsAdded', { ...ref, added: 10, bad: 1, duplicates: 2, optedOut: 0, total: 10 }),
    campaignEvent(3, 'CampaignScheduled', { ...ref, startAt: instant(4000) }),
    campaignEvent(4, 'CampaignStarted', { ...ref, sessionId: sessionIdOf(0), total: 10, delayMs: 2000 }),
    campaignEvent(5, 'CampaignProgressed', progress(6, 3, 0)),
    campaignEvent(6, 'CampaignPaused', { ...progress(5, 4, 0), code: 'PAUSED_ON_REQUEST', message: 'Paused' }),
    campaignEvent(7, 'CampaignResumed', progress(5, 4, 0)),
    campaignEvent(8, 'CampaignCompleted', { ...ref, sessionId: sessionIdOf(0), sent: 7, failed: 2, optedOut: 1 }),
    campaignEvent(9, 'CampaignRetried', { ...progress(2, 7, 0), recipients: 2 }),
    index === 0
      ? campaignEvent(10, 'CampaignCompleted', { ...ref, sessionId: sessionIdOf(0), sent: 9, failed: 0, optedOut: 1 })
      : campaignEvent(10, 'CampaignCancelled', { ...progress(0, 8, 0), cancelled: 1 }),
  ];
}
