/** What `wam doctor` says of who is behind, and of what nobody does. Pure. */
import type { StreamState } from '@wam/service-kit/nats';
import type { PoolOverview } from '../pool-overview.ts';
import { type Finding, fault, ok, warning } from './finding.ts';

export interface ReaderFacts {
  schema: string;
  incarnation: string;
  /** Last event that is in its tables. */
  seq: number;
  log: StreamState;
  /** Age of the first event it has not read; absent when it has read all. */
  behindMs?: number;
}
const lateMs = 60_000;

export function judgeReader({ schema, incarnation, seq, log, behindMs }: ReaderFacts): Finding {
  const about = `reading of ${schema}`;
  const stopped = 'see docs/runbooks/ProjectionStopped.md; it continues with no other log by itself';
  if (incarnation !== log.incarnation)
    return fault(about, 'stands still: the log on the bus is another one than it has read', stopped);
  if (seq > log.lastSeq)
    return fault(about, `stands still: it has read event ${seq}, and the log ends at ${log.lastSeq}`, stopped);
  if (behindMs === undefined || behindMs < lateMs) return ok(about, 'is up to date');
  if (seq + 1 < log.firstSeq && schema !== 'auth')
    return fault(about, `events ${seq + 1} to ${log.firstSeq - 1} left the log before it read them`, stopped);
  return warning(
    about,
    `is ${Math.round(behindMs / 1000)} s behind (${log.lastSeq - seq} events)`,
    `start ${schema}, or look at its log and its load (docs/runbooks/ProjectionBehind.md)`,
  );
}

const texts = {
  messages: {
    says: 'wait beyond their deadline',
    remedy: 'an engine has to fail them: start one for their pool, or look at its log',
  },
  deliveries: {
    says: 'of webhooks are due since five minutes',
    remedy: 'start webhooks, or look at its log and load (docs/runbooks/WebhooksLate.md)',
  },
  'account events': {
    says: 'are not on the bus after a minute',
    remedy: 'start auth, or look at why it cannot publish',
  },
} as const;

export function judgeOverdue(what: keyof typeof texts, count: number): Finding {
  const { says, remedy } = texts[what];
  return count === 0 ? ok(what, 'none is overdue') : fault(what, `${count} ${says}`, remedy);
}

/** Sessions in pools of which no engine is up; {@link judgeEngines} tells the pools that have had one. */
export function judgeUnserved(
  sessions: readonly { pool: string; sessions: number }[],
  pools: readonly PoolOverview[],
): Finding[] {
  return sessions
    .filter(({ pool }) => !pools.some((each) => each.pool === pool))
    .map(({ pool, sessions: count }) =>
      fault(
        `sessions of pool ${pool}`,
        `${count} belong to a pool that no engine serves: they are offline`,
        `start an engine with WAM_POOL=${pool}, or move their accounts: wam account set-pool`,
      ),
    );
}
