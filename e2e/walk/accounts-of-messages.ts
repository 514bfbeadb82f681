/** What must hold of messages, to and from simulated phones. Each answers what does not. */
import type { FeedEvent, ListMessagesAnswer } from '@wam/client';
import { magicEffectOf } from '@wam/whatsapp-sandbox';
import type { KnownSend, Walker } from './walker.ts';

export type ListedMessage = ListMessagesAnswer['data'][number];

const keyOf = ({ text, to }: { text: string; to: string | null }): string => `"${text}" to ${to}`;
const arrivedAs = ({ arrivals }: Walker): Map<string, Set<string>> => {
  const ids = new Map<string, Set<string>>();
  for (const arrival of arrivals) ids.set(keyOf(arrival), (ids.get(keyOf(arrival)) ?? new Set()).add(arrival.id));
  return ids;
};

/** Nothing is listed that nobody asked for; what was accepted is, and what was refused is not. */
export function accountOfRequests({ sends }: Walker, sent: readonly ListedMessage[]): string[] {
  const ids = new Set(sent.map(({ messageId }) => messageId));
  const listed = Map.groupBy(sent, keyOf);
  const asked = Map.groupBy(sends, keyOf);
  const faults: string[] = [];
  for (const { messageId, ...known } of sends)
    if (messageId !== undefined && !ids.has(messageId)) faults.push(`${keyOf(known)} was accepted and is not listed`);
  for (const [key, messages] of listed) {
    const mayBe = (asked.get(key) ?? []).filter(({ fate }: KnownSend) => fate !== 'refused').length;
    if (messages.length > mayBe) faults.push(`${key} is listed ${messages.length} times, asked for ${mayBe} times`);
  }
  return faults;
}

/** Accepted has ended. Sent has arrived once, failed never, and a phone has what it is said to have. */
export function accountOfArrivals(walker: Walker, sent: readonly ListedMessage[]): string[] {
  const faults: string[] = [];
  const arrived = arrivedAs(walker);
  for (const [key, messages] of Map.groupBy(sent, keyOf)) {
    const told = messages
      .map(({ messageId, status, error }) => `${messageId} ${status} ${error?.code ?? ''}`)
      .join(', ');
    const taken = messages.filter(({ status }) => status !== 'accepted' && status !== 'failed').length;
    const delivered = messages.filter(({ status }) => status === 'delivered' || status === 'read').length;
    const arrivals = arrived.get(key)?.size ?? 0;
    const mayBeLost = magicEffectOf(messages[0]!.to!) === 'never-delivers' || walker.lossy.size > 0;
    if (messages.some(({ status }) => status === 'accepted')) faults.push(`${key} has no end: ${told}`);
    if (arrivals > taken) faults.push(`${key} arrived ${arrivals} times: ${told}`);
    if (arrivals < taken && !mayBeLost) faults.push(`${key} arrived ${arrivals} times: ${told}`);
    if (arrivals < delivered) faults.push(`${key} arrived ${arrivals} times: ${told}`);
    arrived.delete(key);
  }
  for (const key of arrived.keys()) if (/^"(message|campaign) \d+"/.test(key)) faults.push(`${key} arrived, unlisted`);
  return faults;
}

/** What was written to a session that had been linked before, and still is, came once. */
export function accountOfWritings(
  { writings, sessions }: Walker,
  received: readonly ListedMessage[],
  feed: readonly FeedEvent[],
): string[] {
  const faults: string[] = [];
  const told = feed.flatMap((event) => (event.type === 'message.received' ? event : []));
  const seen = new Set<string>();
  for (const { data } of told) {
    const key = `${data.waMessageId} to ${data.sessionId}`;
    if (seen.has(key)) faults.push(`${key} was received twice`);
    seen.add(key);
  }
  if (told.length !== received.length) faults.push(`${received.length} received are listed, ${told.length} told`);
  for (const { sessionId, deleted } of sessions) {
    if (deleted) continue;
    const link = feed.findLast((event) => event.type === 'session.paired' && event.sessionId === sessionId);
    if (link?.type !== 'session.paired') continue;
    // In the second of its linking a device may not be there yet for who writes.
    const since = Date.parse(link.timestamp) + 1_000;
    for (const { id, phone, atMs } of writings)
      if (phone === link.data.phone && atMs > since && !seen.has(`${id} to ${sessionId}`))
        faults.push(`${id} was written to ${phone} and never came to ${sessionId}`);
  }
  return faults;
}
