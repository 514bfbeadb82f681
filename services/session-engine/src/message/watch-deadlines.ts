/** One timer for all sessions: messages that were not sent by their deadline fail, whatever they waited for. */
import type { Clock } from '@wam/service-kit';
import type { OwnedSession, Ownership } from '../ownership/tenures.ts';
import type { Sessions } from '../session/sessions.ts';
import type { OutboundMessage, SendOutcome } from './outbound-message.ts';
import type { OutboundStore } from './outbound-store.ts';
import { outcomeAtDeadline } from './route-send.ts';

export interface DeadlineWatchOptions {
  ownership: Pick<Ownership, 'partitions' | 'epochOf'>;
  store: OutboundStore;
  sessions: Sessions;
  clock: Clock;
  settle(session: OwnedSession, message: OutboundMessage, outcome: SendOutcome): void;
}

const batchSize = 1_000;
/** Until the table has the end of a message it is still found there as waiting. */
const settledWithinMs = 60_000;

/** @returns what to call every second */
export function createDeadlineWatch({
  ownership,
  store,
  sessions,
  clock,
  settle,
}: DeadlineWatchOptions): () => Promise<void> {
  const ending = new Map<string, number>();
  return async () => {
    const nowMs = clock.monotonicMs();
    for (const [messageId, sinceMs] of ending) {
      if (nowMs - sinceMs < settledWithinMs) break;
      ending.delete(messageId);
    }
    // Taken before the list: a stanza written later was not overdue by this clock.
    const at = new Date(clock.now());
    // What was written may still be acknowledged; the lanes watch it.
    const written = [...sessions.all()].flatMap(({ lane }) => lane.unacknowledged());
    for (const message of await store.overdue(ownership.partitions(), at, [...written, ...ending.keys()], batchSize)) {
      const { sessionId } = message;
      const epoch = ownership.epochOf(sessionId);
      if (epoch === undefined) continue;
      ending.set(message.messageId, nowMs);
      const runner = sessions.get(sessionId);
      settle({ sessionId, epoch }, message, outcomeAtDeadline(runner?.state() ?? { kind: 'absent' }));
    }
  };
}
