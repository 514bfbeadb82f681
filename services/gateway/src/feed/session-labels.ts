/** What events say of their session: its name and the customer's own words. Asked for once; the log tells what changes. */
import { type AnyEvent, type FeedSession, internalRequests, type SessionEvent, subjects } from '@wam/contracts';
import type { Clock, IdSource } from '@wam/service-kit';
import type { Requester } from '@wam/service-kit/nats';
import { LRUCache } from 'lru-cache';
import { feedPrincipal } from './feed-principal.ts';

export interface SessionLabels {
  /** Never rejects: undefined for an event of no session, for an unknown session, and while analytics cannot be asked. */
  of(event: AnyEvent): FeedSession | undefined | Promise<FeedSession | undefined>;
}

const maxSessions = 50_000;
/** The events of the account wait meanwhile. */
const timeoutMs = 2_000;
/** While nobody answers, events go without label instead of waiting one after the other. */
const quietMs = 5_000;
/** An unknown session is not asked for again with every event. */
const unknownMs = 60_000;

export function createSessionLabels(deps: { requester: Requester; ids: IdSource; clock: Clock }): SessionLabels {
  const { requester, ids, clock } = deps;
  const labels = new LRUCache<string, { label: FeedSession | undefined }>({ max: maxSessions });
  let quietUntilMs = Number.NEGATIVE_INFINITY;

  async function ask(tenant: string, sessionId: string, key: string): Promise<FeedSession | undefined> {
    const operation = internalRequests.sessionLabel;
    const requestId = `req_${ids.ulid()}`;
    const question = { operation, requestId, principal: feedPrincipal(tenant), params: { sessionId }, query: {} };
    const subject = subjects.request('analytics', operation);
    try {
      const reply = await requester.request(subject, question, timeoutMs);
      if (!reply.ok && reply.code !== 'SESSION_NOT_FOUND') throw new Error(reply.code);
      const label = reply.ok ? (reply.body as FeedSession) : undefined;
      labels.set(key, { label }, label === undefined ? { ttl: unknownMs } : {});
      return label;
    } catch {
      quietUntilMs = clock.monotonicMs() + quietMs;
      return undefined;
    }
  }
  return {
    of({ tenant, type, data }) {
      const { sessionId } = data as { sessionId?: string };
      if (sessionId === undefined) return undefined;
      const key = `${tenant}/${sessionId}`;
      if (type === 'SessionCreated' || type === 'SessionDescribed') {
        const { name, metadata = {} } = data as Extract<
          SessionEvent,
          { type: 'SessionCreated' | 'SessionDescribed' }
        >['data'];
        labels.set(key, { label: { sessionId, name, metadata } });
      }
      const known = labels.get(key);
      if (known !== undefined) return known.label;
      return clock.monotonicMs() < quietUntilMs ? undefined : ask(tenant, sessionId, key);
    },
  };
}
