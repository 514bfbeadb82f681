/** `wam listen`: the account's events as they happen, and to a receiver on this machine, without a tunnel. */
import type { FeedEvent } from '@wam/client';
import type { Env } from '@wam/service-kit';
import { eventFilterOf } from '../local-receiver/event-types.ts';
import { createForwardEvent, type Forwarded, forwardedText, secretOf } from '../local-receiver/forward-event.ts';
import { createWebhookPayloads } from '../local-receiver/webhook-payloads.ts';
import { type ApiOptions, asUser, connectApi, credentialOf, receiverOf } from './api-access.ts';

export interface ListenOptions extends ApiOptions {
  forwardTo?: string;
  events?: string;
  session?: string;
  after?: string;
  json?: boolean;
}

/** Until the signal aborts. Lines about itself go to `note`, events to `print`: one line each. */
export async function listen(
  options: ListenOptions,
  env: Env,
  { print, note, signal }: { print: (line: string) => void; note: (line: string) => void; signal: AbortSignal },
): Promise<void> {
  const { client, url } = connectApi(options, env);
  const types = eventFilterOf(options.events) as FeedEvent['type'][];
  const filter = {
    ...(types.length === 0 ? {} : { types }),
    ...(options.session === undefined ? {} : { sessions: [options.session] }),
  };
  const secret = secretOf(credentialOf(options, env));
  const receiver = options.forwardTo === undefined ? undefined : receiverOf(options.forwardTo);
  const forward = receiver === undefined ? undefined : createForwardEvent(receiver, secret, signal);
  const payloadOf = createWebhookPayloads(client);
  // Asked for first, so that what happens from the first line on is seen, and a wrong key is told at once.
  let cursor = options.after ?? (await asUser(client.listEvents({ query: { after: 'latest' } }, { signal }))).cursor;
  note(`Listening at ${url}${types.length > 0 ? ` to ${types.join(', ')}` : ''}. Ctrl-C ends it.`);
  if (receiver !== undefined) note(`Forwarding to ${receiver}, signed with ${secret}`);

  async function follow(): Promise<void> {
    const onRetry = (error: Error, delayMs: number): void =>
      note(`${error.message}; on again in ${Math.ceil(delayMs / 1000)} s`);
    for await (const event of client.events({ after: cursor, ...filter, onRetry }, { signal })) {
      const forwarded = await forward?.(await payloadOf(event));
      // Cut off, perhaps: it is the first of the next time.
      if (signal.aborted) return;
      print(options.json ? JSON.stringify({ ...event, ...(forwarded && { forwarded }) }) : lineOf(event, forwarded));
      cursor = event.cursor;
    }
  }
  try {
    await asUser(follow());
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  note(`Ended. To go on from here: --after ${cursor}`);
}

function lineOf({ id, type, timestamp, sessionId }: FeedEvent, forwarded: Forwarded | undefined): string {
  const parts = [timestamp, type, id, sessionId, forwarded && forwardedText(forwarded)];
  return parts.filter((part) => part !== undefined).join('  ');
}
