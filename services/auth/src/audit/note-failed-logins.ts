import { type Clock, defineService, type IdSource, type Logger, type Service } from '@wam/service-kit';
import type { Kysely } from '@wam/service-kit/postgres';
import type { AuthTables } from '../storage/schema.ts';
import { insertAuditEntryUpTo } from './audit-table.ts';

export interface FailedLoginNotes extends Service {
  /** Returns at once, so that the answer does not tell by its time whether the account exists. */
  note(accountId: string, requestId: string): void;
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

/** Writes `account.login-failed`, one after another. */
export function createFailedLoginNotes({ db, clock, ids, logger }: FailedLoginNotesDeps): FailedLoginNotes {
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();

  async function write(accountId: string, requestId: string, at: Date): Promise<void> {
    try {
      await insertAuditEntryUpTo(
        db,
        {
          id: ids.ulid(),
          tenant: accountId,
          action: 'account.login-failed',
          actor: 'anonymous',
          subject: null,
          requestId,
          at,
          details: {},
        },
        { limit: notedPerMinute, since: new Date(at.getTime() - minuteMs) },
      );
    } catch (error) {
      logger.warn({ err: error, accountId }, 'failed login not noted');
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
  return {
    ...service,
    [Symbol.asyncDispose]: service.stop,
    note(accountId, requestId) {
      if (waiting >= maxWaiting) return;
      waiting += 1;
      const at = new Date(clock.now());
      const answered = clock.sleep(afterAnswerMs);
      last = last.then(() => answered).then(() => write(accountId, requestId, at));
    },
  };
}
