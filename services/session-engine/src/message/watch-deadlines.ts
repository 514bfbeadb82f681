/** One timer for all sessions: messages that were not sent by their deadline fail, whatever they waited for. */
import type { Clock } from '@wam/service-kit';
import type { Sessions } from '../session/sessions.ts';
import type { OutboundMessage, SendOutcome } from './outbound-message.ts';
import type { OutboundStore } from './outbound-store.ts';
import { outcomeAtDeadline } from './route-send.ts';

const batchSize = 500;

export async function failOverdue(
  pool: string,
  store: OutboundStore,
  sessions: Sessions,
  clock: Clock,
  settle: (message: OutboundMessage, outcome: SendOutcome) => void,
): Promise<void> {
  // Taken before the list: a stanza written later was not overdue by this clock.
  const at = new Date(clock.now());
  // Those may still be acknowledged; their lanes watch them.
  const written = [...sessions.all()].flatMap(({ lane }) => lane.unacknowledged());
  for (const message of await store.overdue(pool, at, written, batchSize)) {
    const runner = sessions.get(message.sessionId);
    settle(message, outcomeAtDeadline(runner?.state() ?? { kind: 'absent' }));
  }
}
