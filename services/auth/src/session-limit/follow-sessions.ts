/** Follows `evt.session.>` for the session count and the audit log. */
import { type AnyEvent, streams, subjects } from '@wam/contracts';
import { createLogFollower, type Following, initialiseCheckpoint, verifyCheckpoint } from '@wam/event-store';
import type { Service } from '@wam/service-kit';
import { consumeEvents, lastSequenceOf, streamState } from '@wam/service-kit/nats';
import type { Transaction } from '@wam/service-kit/postgres';
import { insertAuditEntries } from '../audit/audit-table.ts';
import { alwaysReady, isOtherLog, type LogReaderDeps, writeOnce } from '../log/write-once.ts';
import type { AuthTables } from '../storage/schema.ts';
import { sessionChanges } from './session-changes.ts';
import { addSessions, removeSessions } from './session-owner-table.ts';

export interface SessionFollower extends Service {
  /** Answers whether everything the log holds of the tenant's sessions now is in the tables, after two seconds at most. Never rejects. */
  catchUp(tenant: string): Promise<boolean>;
}

/** Of its checkpoint. */
const name = 'sessions';
const retryMs = 500;
/** The gateway waits `AUTH_TIMEOUT`, three seconds. */
const catchUpMs = 2_000;
const lookAgainMs = 10;

export function createSessionFollower({ db, nc, clock, logger }: LogReaderDeps): SessionFollower {
  const stopping = new AbortController();

  async function follow({ readOn }: Following): Promise<void> {
    const { incarnation } = await streamState(nc, streams.events.name);
    const checkpoint = await initialiseCheckpoint(db, name, { incarnation, seq: 0 });
    // Asked again: another process may have moved the checkpoint beyond what was the end.
    const log = await streamState(nc, streams.events.name);
    verifyCheckpoint(name, checkpoint, log);
    // The checkpoint moves with session events only: on a quiet installation what follows it leaves the log by age. Session events of a
    // time in which no auth ran cannot be told from that; the session count is worth less than the service.
    const seq = Math.max(checkpoint.seq, log.firstSeq - 1);
    if (seq > checkpoint.seq)
      logger.warn({ from: checkpoint.seq, to: seq }, 'events left the log by age before the session log was read on');
    const consumption = consumeEvents(nc, {
      filter: subjects.eventsOfDomain('session'),
      fromSeq: seq + 1,
      incarnation,
      onBatch: (events) => writeOnce(db, { name, incarnation, toSeq: events.at(-1)?.seq ?? 0, events }, write),
      logger,
    });
    await readOn(consumption);
  }
  async function write(trx: Transaction<AuthTables>, stored: readonly { event: AnyEvent }[]): Promise<void> {
    const changes = sessionChanges(stored.map(({ event }) => event));
    if (changes.skipped > 0) logger.error({ count: changes.skipped }, 'session events not understood: skipped');
    await addSessions(trx, changes.created);
    await removeSessions(trx, changes.deleted);
    await insertAuditEntries(trx, changes.audit);
  }

  const what = 'following sessions';
  const follower = createLogFollower({ name: what, what, follow, isFinal: isOtherLog, retryMs, clock, logger });
  async function stop(): Promise<void> {
    stopping.abort();
    await follower.stop();
  }
  return {
    ...follower,
    ...alwaysReady(follower),
    stop,
    [Symbol.asyncDispose]: stop,
    async catchUp(tenant) {
      const deadlineMs = clock.monotonicMs() + catchUpMs;
      try {
        const wanted = await lastSequenceOf(nc, streams.events.name, subjects.event('session', tenant, '*'));
        while (follower.position() < wanted) {
          // Nobody will know better before a person has looked.
          if (follower.state().kind === 'halted') return true;
          if (clock.monotonicMs() >= deadlineMs) return false;
          await clock.sleep(lookAgainMs, stopping.signal);
        }
        return true;
      } catch (error) {
        logger.warn({ err: error }, 'session log could not be asked how far it is');
        return false;
      }
    },
  };
}
