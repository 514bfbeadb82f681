import {
  type EntitlementsReply,
  type FeedSubscription,
  namesEventType,
  needsNotifications,
  type Principal,
  type PublicEventType,
  publicEventTypes,
} from '@wam/contracts';
import type { FeedEntry } from './feed-entry.ts';

/** What of an account's feed one follower gets. */
export interface FeedFilter {
  /** The entry in the form this follower may see, or undefined. */
  admit(entry: FeedEntry): FeedEntry | undefined;
  types: readonly PublicEventType[];
  /** Asked for and not in the plan. */
  withheld: readonly PublicEventType[];
}

/** Pure. Another account's session in `sessions` matches nothing: only the tenant's own events come here. */
export function feedFilter(
  { sessions, types }: Pick<FeedSubscription, 'sessions' | 'types'>,
  { mode, scopes }: Pick<Principal, 'mode' | 'scopes'>,
  { features }: Pick<EntitlementsReply, 'features'>,
): FeedFilter {
  const asked =
    types === undefined || types.length === 0
      ? publicEventTypes
      : publicEventTypes.filter((type) => namesEventType(types, type));
  const notified = features.includes('notifications');
  const open = asked.filter((type) => notified || !needsNotifications(type));
  const wanted = new Set<string>(open);
  const ofSessions = sessions === undefined || sessions.length === 0 ? undefined : new Set(sessions);
  const mayManage = scopes.includes('manage');
  return {
    types: open,
    withheld: asked.filter((type) => !wanted.has(type)),
    admit(entry) {
      const { type, sessionId } = entry.event;
      if (!wanted.has(type)) return undefined;
      if (mode === 'test' && entry.network !== 'sandbox') return undefined;
      if (ofSessions !== undefined && (sessionId === undefined || !ofSessions.has(sessionId))) return undefined;
      return mayManage ? (entry.forManagers ?? entry) : entry;
    },
  };
}
