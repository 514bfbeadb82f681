/** The event feed as one endless sequence, over the stream of `GET /api/events`. */
import { type ByteStream, type CallOptions, type ClientConfig, openStream, sleepFor } from './call.ts';
import type { FeedEvent, PublicEventType } from './operations.generated.ts';
import { defaultRetryRules, type RetryRules, retryDelayMs } from './retry-delay.ts';
import { messagesOf } from './server-sent-events.ts';
import { WamConnectionError, WamError } from './wam-error.ts';

export interface EventsInput {
  /** Cursor of the last event that was dealt with: what came after it is sent first. Without it the next event is the first. */
  after?: string;
  /** Only events of these sessions. */
  sessions?: readonly string[];
  /** Only events of these types; `message.*` for all of a kind. */
  types?: readonly (PublicEventType | `${string}.*`)[];
  /** Told of each failure that is waited out, and how long. */
  onRetry?: (error: WamError | WamConnectionError, delayMs: number) => void;
}

/** As long as it takes: the platform keeps what is missed. A limit of requests is waited out, which is 15 minutes where none is set. */
const endless: RetryRules = { ...defaultRetryRules, retries: Number.POSITIVE_INFINITY, longestAskedMs: 60 * 60_000 };
/**
 * So often in a row it may be told that it is too much, over one to two minutes: by then the platform knows that the connections of a program that
 * was just replaced are gone. If it is too much still, somebody has to close something.
 */
const mostRefusals = 10;

/**
 * Goes on over broken connections and restarts of the platform, from where it was: no event is missed and none comes twice. One request for
 * as long as the connection holds. A loop that takes its time is waited for: the platform keeps what it has not read.
 *
 * @throws WamError for what does not pass by itself: the login ended, `after` is older than the feed is kept (`RESUME_EXPIRED`), or for more than a
 * minute there are as many connections as the plan allows (`TOO_MANY_CONNECTIONS`)
 */
export async function* eventsOf(
  config: ClientConfig,
  { after = 'latest', sessions, types, onRetry }: EventsInput,
  options: Pick<CallOptions, 'signal'>,
): AsyncGenerator<FeedEvent, never> {
  const sleep = config.sleep ?? sleepFor;
  const random = config.random ?? Math.random;
  let cursor = after;
  let failures = 0;
  let refusals = 0;
  for (;;) {
    const query = { after: cursor, session: sessions?.join(','), type: types?.join(',') };
    let failed: WamError | WamConnectionError | undefined;
    let stream: ByteStream | undefined;
    try {
      stream = await openStream(config, { path: '/api/events', query }, options);
      for await (const { id, data } of messagesOf(stream.read)) {
        failures = 0;
        refusals = 0;
        if (data !== undefined) yield JSON.parse(data) as FeedEvent;
        // The first message has the place where the stream begins, later ones what was left out by the filters.
        cursor = id ?? cursor;
      }
    } catch (error) {
      if (!(error instanceof WamError || error instanceof WamConnectionError)) throw error;
      failed = error;
    } finally {
      stream?.end();
    }
    failures += 1;
    const answered = failed instanceof WamError ? failed : undefined;
    if (answered?.status === 429) refusals += 1;
    const { code, retryAfterSeconds } = answered ?? {};
    const status = failed?.status;
    const retryAfter = retryAfterSeconds?.toString();
    const delayMs =
      refusals > mostRefusals ? undefined : retryDelayMs({ status, code, retryAfter }, failures, random(), endless);
    if (delayMs === undefined) throw failed!;
    if (failed !== undefined) onRetry?.(failed, delayMs);
    await sleep(delayMs, options.signal);
  }
}
