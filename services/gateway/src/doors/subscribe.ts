/** The one way to a follower, whatever the door: from a known caller and what it wants to events that flow. */
import type { FeedSubscription, RejectionBody, ServerFrame } from '@wam/contracts';
import type { Known } from '../authenticate/identify.ts';
import { cursorOf } from '../feed/cursor.ts';
import { feedFilter } from '../feed/feed-filter.ts';
import type { Feeds } from '../feed/feeds.ts';
import { type FollowDeps, type Following, followFeed, type Outlet } from '../feed/follow-feed.ts';

export interface Subscription {
  /** To be said before anything is delivered. */
  ready: Frame<'ready'>;
  /** Said after `ready` when what was missed cannot be had. */
  expired?: Frame<'resume_expired'>;
  start(outlet: Outlet): RunningSubscription;
  /** Gives up before `start`. */
  cancel(): void;
}
export interface RunningSubscription {
  readonly cursor: string;
  /** Other filters from here on; answers what to say. */
  change(wanted: Pick<FeedSubscription, 'sessions' | 'types'>, known: Known): Frame<'ready'>;
  stop(): void;
}
type Frame<T extends ServerFrame['type']> = Extract<ServerFrame, { type: T }>;

export type Subscribe = (known: Known, wanted: FeedSubscription) => Promise<Subscription>;

const expiredMessage =
  'The feed does not reach back to this cursor: read what you need over REST; events go on from here';

/** @throws when the log cannot be reached */
export function createSubscribe(deps: FollowDeps & { feeds: Feeds }): Subscribe {
  const { feeds } = deps;
  return async (known, wanted) => {
    const feed = await feeds.acquire(known.identity.tenant);
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      feeds.release(feed);
    };
    try {
      const { after } = wanted;
      const located = after === undefined || after === 'latest' ? feed.position : await feeds.locate(after, feed);
      const from = located === 'expired' ? feed.position : located;
      const cursorAt = (seq: number): string => cursorOf({ tag: feed.tag, seq });
      const filter = filterOf(wanted, known);
      return {
        ready: readyFrame(cursorAt(from), filter, known),
        ...(located === 'expired'
          ? { expired: { type: 'resume_expired', cursor: cursorAt(from), message: expiredMessage } as const }
          : {}),
        cancel: release,
        start(outlet) {
          const following: Following = followFeed(feed, from, filter, outlet, deps);
          return {
            get cursor() {
              return cursorAt(following.position);
            },
            change(next, by) {
              const changed = filterOf(next, by);
              following.filter(changed);
              return readyFrame(cursorAt(following.position), changed, by);
            },
            stop() {
              following.stop();
              release();
            },
          };
        },
      };
    } catch (error) {
      release();
      throw error;
    }
  };
}

const filterOf = (wanted: Pick<FeedSubscription, 'sessions' | 'types'>, { caller }: Known) =>
  feedFilter(wanted, caller.principal, caller.entitlements);

function readyFrame(
  cursor: string,
  { types, withheld }: ReturnType<typeof feedFilter>,
  { identity: { expiresAtMs }, caller: { entitlements } }: Known,
): Frame<'ready'> {
  const { plan, lacking } = entitlements;
  return {
    type: 'ready',
    cursor,
    types: [...types],
    ...(withheld.length === 0
      ? {}
      : { withheld: { types: [...withheld], plan, firstPlan: lacking.notifications ?? null } }),
    expiresAt: expiresAtMs === Number.POSITIVE_INFINITY ? null : new Date(expiresAtMs).toISOString(),
  };
}

/** Whether the credential may read the feed at all. */
export const scopeRefusal = ({ caller }: Known): RejectionBody | undefined =>
  caller.principal.scopes.includes('read')
    ? undefined
    : { code: 'SCOPE_MISSING', message: 'This API key lacks the scope read' };
