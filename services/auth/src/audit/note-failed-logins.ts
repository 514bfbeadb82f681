import { type Clock, defineService, type IdSource, type Logger, type Service } from '@wam/service-kit';
import type { Kysely } from '@wam/service-kit/postgres';
import type { AuthTables } from '../storage/schema.ts';
import type { AuditEntry } from './audit-entry.ts';
import { insertAuditEntryUpTo } from './audit-table.ts';

export interface FailedLoginNotes extends Service {
  /** Returns at once, so that the answer does not tell by its time whether the account exists. */
  note(accountId: string, requestId: string): void;
  /** Somebody who is logged in did not know the password. */
  noteRefusedChange(accountId: string, requestId: string): void;
}
export interface FailedLoginNotesDeps {
  db: Kysely<AuthTables>;
  clock: Clock;
  ids: IdSource;
  logger: Logger;
}

/** Per account and minute; the rest of a flood is the limiter's business. */
export const notedPerMinute = 10;
const minuteMs = 60_000;
/**
 * Begun in the same turn, the statement would be built before the answer is sent, and the answer for an account that exists would come later
 * than for one that does not.
 */
const afterAnswerMs = 200;
/** A flood must not pile up in memory when the database is slow. */
const maxWaiting = 1_000;

/** Writes wrong passwords, one after another. */
type Failure = Pick<AuditEntry, 'action' | 'actor'>;

export function createFailedLoginNotes({ db, clock, ids, logger }: FailedLoginNotesDeps): FailedLoginNotes {
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();

  async function write(what: Failure, accountId: string, requestId: string, at: Date): Promise<void> {
    try {
      await insertAuditEntryUpTo(
        db,
        {
          id: ids.ulid(),
          tenant: accountId,
          ...what,
          subject: null,
          requestId,
          at,
          details: {},
        },
        { limit: notedPerMinute, since: new Date(at.getTime() - minuteMs) },
      );
    } catch (error) {
      logger.warn({ err: error, accountId, ...what }, 'wrong password not noted');
    } finally {
      waiting -= 1;
    }
  }
  const service = defineService({
    name: 'failed login notes',
    start: () => Promise.resolve(),
    stop: () => last,
    health: () => ({ ready: true }),
  });
  const noting = (what: Failure) => (accountId: string, requestId: string) => {
    if (waiting >= maxWaiting) return;
    waiting += 1;
    const at = new Date(clock.now());
    const answered = clock.sleep(afterAnswerMs);
    last = last.then(() => answered).then(() => write(what, accountId, requestId, at));
  };
  return {
    ...service,
    [Symbol.asyncDispose]: service.stop,
    note: noting({ action: 'account.login-failed', actor: 'anonymous' }),
    noteRefusedChange: noting({ action: 'account.password-refused', actor: 'user' }),
  };
}
