/** Where callers wait for the fate of their messages. A hint in memory: a caller without an answer holds a 202 and asks later. */
import type { ServiceReply } from '@wam/contracts';
import type { Clock } from '@wam/service-kit';

export interface PendingReplies {
  expect(messageId: string, replyTo: string): void;
  answer(messageId: string, reply: ServiceReply): void;
  /** Forgets those whose caller has gone. */
  sweep(): void;
}

/** Longer than any caller waits. */
const keptForMs = 15_000;

export function createPendingReplies(
  clock: Clock,
  send: (replyTo: string, reply: ServiceReply) => void,
): PendingReplies {
  const waiting = new Map<string, { replyTo: string[]; sinceMs: number }>();
  return {
    expect(messageId, replyTo) {
      const entry = waiting.get(messageId);
      if (entry) entry.replyTo.push(replyTo);
      else waiting.set(messageId, { replyTo: [replyTo], sinceMs: clock.monotonicMs() });
    },
    answer(messageId, reply) {
      const entry = waiting.get(messageId);
      if (!entry) return;
      waiting.delete(messageId);
      for (const replyTo of entry.replyTo) send(replyTo, reply);
    },
    sweep() {
      const oldest = clock.monotonicMs() - keptForMs;
      for (const [messageId, { sinceMs }] of waiting) {
        // In order of insertion: the first one that is young enough ends the search.
        if (sinceMs > oldest) return;
        waiting.delete(messageId);
      }
    },
  };
}
