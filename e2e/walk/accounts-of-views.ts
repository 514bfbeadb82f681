/** What must hold between all that the platform says of itself: sessions, figures, feed, webhook. Each answers what does not. */
import type { FeedEvent } from '@wam/client';
import { isGivenBack } from '@wam/contracts';
import type { ListedMessage } from './accounts-of-messages.ts';
import type { Walker } from './walker.ts';

const differs = (what: string, told: unknown, counted: unknown): string[] =>
  JSON.stringify(told) === JSON.stringify(counted)
    ? []
    : [`${what}: told ${JSON.stringify(told)}, counted ${JSON.stringify(counted)}`];
const isTaken = ({ timeline }: ListedMessage): boolean => timeline.sentAt !== null;

/** A session is what its phone knows it as. */
export async function accountOfSessions(
  { client, sessions, installation, tenant, leavesDevices }: Walker,
  sent: readonly ListedMessage[],
  received: readonly ListedMessage[],
): Promise<string[]> {
  const faults: string[] = [];
  const { sessions: views } = await client.listSessions();
  const alive = sessions.filter(({ deleted }) => !deleted).map(({ sessionId }) => sessionId);
  faults.push(...differs('sessions', views.map(({ sessionId }) => sessionId).sort(), alive.sort()));
  for (const { sessionId, status, messagesSent, messagesReceived } of views) {
    faults.push(...differs(`status of ${sessionId}`, status, 'connected'));
    const counted = [
      sent.filter((message) => message.sessionId === sessionId && isTaken(message)).length,
      received.filter((message) => message.sessionId === sessionId).length,
    ];
    faults.push(...differs(`sent and received of ${sessionId}`, [messagesSent, messagesReceived], counted));
  }
  const phones = [
    ...new Set([
      ...views.map(({ phone }) => phone),
      ...installation.sandbox.linkedPhones(tenant).map(({ phone }) => phone),
    ]),
  ];
  for (const phone of phones) {
    const devices = installation.sandbox.linkedPhones(tenant).find((each) => each.phone === phone)?.devices ?? [];
    const known = views.filter((view) => view.phone === phone).length;
    const online = devices.filter((device) => device.online);
    if (!leavesDevices) faults.push(...differs(`devices of ${phone}`, known, devices.length));
    faults.push(...differs(`online of ${phone}`, known, online.length));
    for (const { jid, waiting } of online) if (waiting > 0) faults.push(`${waiting} stanzas wait for ${jid}`);
  }
  return faults;
}

export async function accountOfFigures({ client }: Walker, sent: readonly ListedMessage[]): Promise<string[]> {
  const { totals } = await client.getMessageStats({ query: { days: 2 } });
  const having = (stage: 'sentAt' | 'deliveredAt' | 'readAt'): number =>
    sent.filter(({ timeline }) => timeline[stage] !== null).length;
  const failed = sent.filter(({ status }) => status === 'failed').length;
  const counted = {
    sent: having('sentAt'),
    delivered: having('deliveredAt'),
    read: having('readAt'),
    failed,
    total: having('sentAt') + failed,
  };
  const used = sent.filter(({ error }) => error === null || !isGivenBack(error.code)).length;
  const { usage } = await client.getMe();
  return [...differs('statistics', totals, counted), ...differs('used of the day', usage.messagesToday, used)];
}

export async function accountOfCampaigns(
  { client, campaignIds }: Walker,
  sent: readonly ListedMessage[],
): Promise<string[]> {
  const faults: string[] = [];
  const messages = new Map(sent.map((message) => [message.messageId, message]));
  for (const campaignId of campaignIds) {
    const told = await client.getCampaign({ params: { campaignId } });
    const { data } = await client.listCampaignRecipients({ params: { campaignId }, query: { limit: 100 } });
    const inState = (state: string): number => data.filter((recipient) => recipient.state === state).length;
    const { sent: taken, failed, cancelled, pending, total } = told;
    const counted = {
      taken: inState('sent'),
      failed: inState('failed'),
      cancelled: inState('cancelled'),
      pending: 0,
      total: data.length,
    };
    faults.push(...differs(`campaign ${campaignId}`, { taken, failed, cancelled, pending, total }, counted));
    for (const { number, state, messageId } of data) {
      const message = messageId === null ? undefined : messages.get(messageId);
      const known = message === undefined ? 'unlisted' : message.status === 'failed' ? 'failed' : 'sent';
      if (state === 'sent' || state === 'failed') faults.push(...differs(`${campaignId} to ${number}`, state, known));
      else if (message !== undefined)
        faults.push(`${campaignId} to ${number} is ${state}, its message ${message.status}`);
    }
    const { recipients, messages: figures } = await client.getCampaignStats({ params: { campaignId } });
    faults.push(
      ...differs(`figures of ${campaignId}`, [recipients.sent, figures.sent], [counted.taken, counted.taken]),
    );
  }
  return faults;
}

const stages = ['sent', 'delivered', 'read'];
const ofConnections = [
  'created',
  'connecting',
  'qr',
  'paired',
  'connected',
  'reconnecting',
  'disconnected',
  'failed',
  'deleted',
].map((name) => `session.${name}`);

const isLogout = (event: FeedEvent | undefined): boolean =>
  event?.type === 'session.disconnected' && event.data.cause === 'logged-out';

/** What the feed told of the connections of each, for the diary. */
export const storyOfSessions = ({ events, sessions }: Walker): string[] =>
  events
    .filter(({ type }) => ofConnections.includes(type))
    .map(({ timestamp, type, data, sessionId }) => {
      const index = sessions.findIndex((session) => session.sessionId === sessionId);
      return `${timestamp} -> ${type} ${index}${'cause' in data ? `: ${data.cause}` : ''}`;
    });

/** Whoever followed saw what is kept, in that order, and it tells of every message and session how it ended. */
export function accountOfFeed(
  { events, sessions }: Walker,
  feed: readonly FeedEvent[],
  sent: readonly ListedMessage[],
): string[] {
  const faults: string[] = [];
  const idsOf = (list: readonly FeedEvent[]): string[] => list.map(({ id }) => id);
  const kept = idsOf(feed);
  if (new Set(kept).size !== kept.length) faults.push('the feed repeats an event');
  const followed = idsOf(events);
  const first = kept.findIndex((id, index) => id !== followed[index]);
  if (first !== -1)
    faults.push(`who followed was told ${JSON.stringify(events[first])}, kept is ${JSON.stringify(feed[first])}`);
  else faults.push(...differs('events that were followed', followed.length, kept.length));

  const told = new Map<string, string[]>();
  for (const event of feed) {
    if (event.type !== 'message.status') continue;
    const { messageId, status } = event.data;
    told.set(messageId, [...(told.get(messageId) ?? []), status]);
  }
  for (const { messageId, status, timeline } of sent) {
    const reached = stages.filter((stage) => timeline[`${stage}At` as 'sentAt'] !== null);
    faults.push(
      ...differs(`feed of ${messageId}`, told.get(messageId) ?? [], status === 'failed' ? ['failed'] : reached),
    );
  }
  for (const { sessionId, deleted } of sessions) {
    const own = feed.filter((event) => event.sessionId === sessionId && ofConnections.includes(event.type));
    faults.push(
      ...differs(`last word on ${sessionId}`, own.at(-1)?.type, deleted ? 'session.deleted' : 'session.connected'),
    );
    const ends = own.filter(({ type }) => type !== 'session.connecting' && type !== 'session.reconnecting');
    if (ends.some((event, index) => isLogout(event) && isLogout(ends[index + 1])))
      faults.push(`${sessionId} was told to be logged out, connected, and told so again without a code in between`);
  }
  return faults;
}

export function accountOfWebhook({ installation }: Walker, feed: readonly FeedEvent[]): string[] {
  const arrived = new Map<string, Set<string>>();
  for (const { headers, body } of installation.receiver.received) {
    const id = headers['webhook-id']!;
    arrived.set(id, (arrived.get(id) ?? new Set()).add((JSON.parse(body) as { type: string }).type));
  }
  return [
    ...feed.flatMap(({ id, type }) => (arrived.has(id) ? [] : [`the webhook was never told of ${id} ${type}`])),
    ...[...arrived].flatMap(([id, types]) => (types.size > 1 ? [`the webhook knows ${id} as ${[...types]}`] : [])),
    ...differs('events at the webhook', arrived.size, feed.length),
  ];
}
