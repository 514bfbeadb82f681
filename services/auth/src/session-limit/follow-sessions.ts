/** Follows `evt.session.>` for the session count and the audit log. */
import { streams, subjects } from '@wam/contracts';
import type { Service } from '@wam/service-kit';
import { lastSequenceOf } from '@wam/service-kit/nats';
import { insertAuditEntries } from '../audit/audit-table.ts';
import { createDomainFollower, type DomainFollowerDeps } from '../log/follow-log.ts';
import { sessionChanges } from './session-changes.ts';
import { addSessions, removeSessions } from './session-owner-table.ts';

export interface SessionFollower extends Service {
  /** Resolves when everything the log holds of the tenant's sessions now is in the tables, or after a second. */
  catchUp(tenant: string): Promise<void>;
}

const catchUpMs = 1_000;
const lookAgainMs = 10;

export function createSessionFollower(deps: DomainFollowerDeps): SessionFollower {
  const { nc, clock, logger } = deps;
  const stopping = new AbortController();
  const follower = createDomainFollower(
    {
      name: 'sessions',
      domain: 'session',
      from: 'beginning',
      async apply(trx, events) {
        const changes = sessionChanges(events);
        if (changes.skipped > 0) logger.error({ count: changes.skipped }, 'session events not understood: skipped');
        await addSessions(trx, changes.created);
        await removeSessions(trx, changes.deleted);
        await insertAuditEntries(trx, changes.audit);
      },
    },
    deps,
  );
  async function stop(): Promise<void> {
    stopping.abort();
    await follower.stop();
  }
  return {
    ...follower,
    stop,
    [Symbol.asyncDispose]: stop,
    async catchUp(tenant) {
      const deadlineMs = clock.monotonicMs() + catchUpMs;
      try {
        const wanted = await lastSequenceOf(nc, streams.events.name, subjects.event('session', tenant, '*'));
        while (follower.state().kind !== 'halted' && follower.position() < wanted && clock.monotonicMs() < deadlineMs)
          await clock.sleep(lookAgainMs, stopping.signal);
      } catch (error) {
        logger.warn({ err: error }, 'session log could not be asked how far it is');
      }
    },
  };
}
