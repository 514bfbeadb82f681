/** The event feed as one endless sequence, over the stream of `GET /api/events`. */
import { type ByteStream, type CallOptions, type ClientConfig, openStream, sleepFor } from './call.ts';
import type { FeedEvent, PublicEventType } from './operations.generated.ts';
import { defaultRetryRules, retryDelayMs } from './retry-delay.ts';
import { messagesOf } from './server-sent-events.ts';
import { WamConnectionError, WamError } from './wam-error.ts';

export interface EventsInput {
  /** Cursor of the last event that was dealt with: what came after it is sent first. Without it the next event is the first. */
  after?: string;
  /** Only events of these sessions. */
  sessions?: readonly string[];
  /** Only events of these types; `message.*` for all of a kind. */
  types?: readonly (PublicEventType | `${string}.*`)[];
}

/**
 * Goes on over broken connections and restarts of the platform, from where it was: no event is missed and none comes twice. One request for
 * as long as the connection holds. A loop that takes its time is waited for: the platform keeps what it has not read.
 *
 * @throws WamError for what does not pass by itself: the login ended, or `after` is older than the feed is kept (`RESUME_EXPIRED`)
 */
export async function* eventsOf(
  config: ClientConfig,
  { after = 'latest', sessions, types }: EventsInput,
  options: Pick<CallOptions, 'signal'>,
): AsyncGenerator<FeedEvent, never> {
  const sleep = config.sleep ?? sleepFor;
  const random = config.random ?? Math.random;
  const endless = { ...defaultRetryRules, retries: Number.POSITIVE_INFINITY };
  let cursor = after;
  let failures = 0;
  for (;;) {
    const query = { after: cursor, session: sessions?.join(','), type: types?.join(',') };
    let failed: WamError | undefined;
    let stream: ByteStream | undefined;
    try {
      stream = await openStream(config, { path: '/api/events', query }, options);
      for await (const { id, data } of messagesOf(stream.read)) {
        failures = 0;
        if (data !== undefined) yield JSON.parse(data) as FeedEvent;
        // The first message has the place where the stream begins, later ones what was left out by the filters.
        cursor = id ?? cursor;
      }
    } catch (error) {
      if (error instanceof WamError) failed = error;
      else if (!(error instanceof WamConnectionError)) throw error;
    } finally {
      stream?.end();
    }
    failures += 1;
    const delayMs = retryDelayMs(failed ?? {}, failures, random(), endless);
    if (delayMs === undefined) throw failed!;
    await sleep(delayMs, options.signal);
  }
}
