/** Events of the feed into what a webhook of the account would be sent. */
import type { Client } from '@wam/client';
import type { FeedEvent, WebhookPayload } from '@wam/contracts';

type SessionPart = NonNullable<WebhookPayload['session']>;

/** Sessions are asked for once, and again after each event that is about them. */
export function createWebhookPayloads(
  client: Pick<Client, 'getSession'>,
): (event: FeedEvent) => Promise<WebhookPayload> {
  const known = new Map<string, SessionPart>();
  const lids = new Map<string, string>();

  async function sessionOf(sessionId: string, isAboutIt: boolean): Promise<SessionPart | undefined> {
    const before = known.get(sessionId);
    if (before !== undefined && !isAboutIt) return before;
    // One that is gone by now is told of as it was last known.
    const view = await client.getSession({ params: { sessionId } }).catch(() => undefined);
    if (view === undefined) return before;
    const { name, phone, metadata } = view;
    const session = { sessionId, name, phone, lid: lids.get(sessionId) ?? null, metadata };
    known.set(sessionId, session);
    return session;
  }

  return async ({ cursor: _, session: labels, ...event }) => {
    if (event.type === 'session.paired' && event.data.lid !== undefined) lids.set(event.data.sessionId, event.data.lid);
    const { sessionId } = event;
    const asked = sessionId === undefined ? undefined : await sessionOf(sessionId, event.type.startsWith('session.'));
    const session = asked ?? (labels && { ...labels, phone: null, lid: null });
    // As for every webhook: who has the code can take the session.
    const told = event.type === 'session.qr' ? { ...event, data: { ...event.data, qrCode: null } } : event;
    return (session === undefined ? told : { ...told, session }) as WebhookPayload;
  };
}
