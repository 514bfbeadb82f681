/** One transaction of a use case: its rows, the events that tell others, and the audit log. Either all of it happens or nothing. */
import type { AccountEvent } from '@wam/contracts';
import { inTransaction, type Kysely } from '@wam/service-kit/postgres';
import { nextAccountVersion } from '../account/account-table.ts';
import type { AuditAction } from '../audit/audit-entry.ts';
import { insertAuditEntries } from '../audit/audit-table.ts';
import { insertIntoOutbox } from '../outbox/outbox-table.ts';
import type { AuthTables } from '../storage/schema.ts';

/** Who asked. */
export interface Cause {
  /** As in the envelope: `user`, `key:<id>`, `operator`, `anonymous`. */
  actor: string;
  requestId: string;
}
/** An event without what the change itself knows. */
export type AccountFact = {
  [E in AccountEvent as E['type']]: Pick<E, 'type' | 'data'>;
}[AccountEvent['type']];

export interface Change {
  readonly trx: Kysely<AuthTables>;
  /** The account must exist; locks its row. */
  tell(tenant: string, fact: AccountFact): Promise<void>;
  audit(
    tenant: string,
    action: AuditAction,
    about?: { subject?: string; details?: Record<string, unknown> },
  ): Promise<void>;
}
/** Commits when `run` returns, then hands its events to the bus; rolls back when it throws. */
export type CommitChange = <T>(cause: Cause, run: (change: Change) => Promise<T>) => Promise<T>;

export interface CommitChangeDeps {
  db: Kysely<AuthTables>;
  now: () => Date;
  newId: () => string;
  /** Called after the commit, with the events in their order. */
  publish: (event: AccountEvent) => void;
}

export function createCommitChange({ db, now, newId, publish }: CommitChangeDeps): CommitChange {
  return async (cause, run) => {
    const events: AccountEvent[] = [];
    const result = await inTransaction(db, (trx) =>
      run({
        trx,
        async tell(tenant, fact) {
          const version = await nextAccountVersion(trx, tenant);
          const event = { ...fact, ...envelope(cause, { tenant, version, id: newId(), at: now() }) };
          await insertIntoOutbox(trx, event);
          events.push(event);
        },
        audit: (tenant, action, { subject = null, details = {} } = {}) =>
          insertAuditEntries(trx, [{ id: newId(), tenant, action, ...cause, subject, at: now(), details }]),
      }),
    );
    for (const event of events) publish(event);
    return result;
  };
}

const envelope = (
  { actor, requestId }: Cause,
  { tenant, version, id, at }: { tenant: string; version: number; id: string; at: Date },
) => ({
  id,
  v: 1,
  version,
  tenant,
  at: at.toISOString(),
  correlationId: requestId,
  causationId: requestId,
  actor,
});
