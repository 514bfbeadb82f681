/** The event feed as one endless sequence, over `GET /api/events`. */
import { type CallOptions, type ClientConfig, call, sleepFor } from './call.ts';
import type { FeedEvent, PublicEventType } from './operations.generated.ts';
import { defaultRetryRules, retryDelayMs } from './retry-delay.ts';
import { WamConnectionError, WamError } from './wam-error.ts';

export interface EventsInput {
  /** Cursor of the last event that was dealt with: what came after it is sent first. Without it the next event is the first. */
  after?: string;
  /** Only events of these sessions. */
  sessions?: readonly string[];
  /** Only events of these types; `message.*` for all of a kind. */
  types?: readonly (PublicEventType | `${string}.*`)[];
}

/** Seconds the server holds a request until there is something. */
const waitSeconds = 25;
const fromNowOn = 'latest';
interface Page {
  events: FeedEvent[];
  cursor: string;
}

/**
 * Goes on over broken connections and restarts of the platform, from where it was: no event is missed and none comes twice.
 *
 * @throws WamError for what does not pass by itself: the login ended, or `after` is older than the feed is kept (`RESUME_EXPIRED`)
 */
export async function* eventsOf(
  config: ClientConfig,
  { after = fromNowOn, sessions, types }: EventsInput,
  options: Pick<CallOptions, 'signal'>,
): AsyncGenerator<FeedEvent, never> {
  const sleep = config.sleep ?? sleepFor;
  const random = config.random ?? Math.random;
  const endless = { ...defaultRetryRules, retries: Number.POSITIVE_INFINITY };
  let cursor = after;
  let failures = 0;
  for (;;) {
    // At first only a place to begin at: until it is known, a connection that breaks while nothing happens would lose what comes next.
    const wait = cursor === fromNowOn ? undefined : waitSeconds;
    const query = { after: cursor, session: sessions?.join(','), type: types?.join(','), wait };
    try {
      // Tries of its own: those of `call` would hide behind one failure here.
      const page = await call({ ...config, retries: 0 }, { method: 'GET', path: '/api/events' }, { query }, options);
      failures = 0;
      yield* (page as Page).events;
      cursor = (page as Page).cursor;
    } catch (error) {
      if (!(error instanceof WamError) && !(error instanceof WamConnectionError)) throw error;
      failures += 1;
      const failed = error instanceof WamError ? error : {};
      const delayMs = retryDelayMs(failed, failures, random(), endless);
      if (delayMs === undefined) throw error;
      await sleep(delayMs, options.signal);
    }
  }
}
