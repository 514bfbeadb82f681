import type { SettledOnce, SettleOnce } from '@wam/contracts';
import { inTransaction, type Kysely } from '@wam/service-kit/postgres';
import { subtractUsage } from '../quota/usage-table.ts';
import type { AuthTables } from '../storage/schema.ts';
import { deleteOnce, lockOnce, type OnceRow, updateOnce } from './once-table.ts';
import type { SealedAnswers } from './sealed-answers.ts';

export interface SettleOnceDeps {
  db: Kysely<AuthTables>;
  answers: SealedAnswers;
  now: () => Date;
}

/** The end of an attempt. The first answer that is kept counts, whoever brings it; an attempt that was overtaken changes nothing else. */
export const settleOnce = (settlement: SettleOnce, deps: SettleOnceDeps): Promise<SettledOnce> =>
  inTransaction(deps.db, async (trx) => {
    const { tenant, idempotencyId: id, attempt, outcome } = settlement;
    const found = await lockOnce(trx, tenant, id);
    if (found === undefined) return {};
    if (found.answer !== null) return { reply: deps.answers.open(tenant, id, found.answer) };
    if (outcome.kind !== 'keep' && found.attempt !== attempt) return {};
    // An attempt that was overtaken does not know what the later one has sent of what it could not.
    if (found.attempt === attempt) await giveBack(trx, settlement, found);
    if (outcome.kind === 'keep') {
      await updateOnce(trx, id, { answer: deps.answers.seal(tenant, id, outcome.reply) });
      return { reply: outcome.reply };
    }
    // An earlier attempt may have had its effect: then the key stays bound to its request.
    if (outcome.kind === 'forget' && attempt === 1) await deleteOnce(trx, id);
    else await updateOnce(trx, id, { claimed_until: deps.now() });
    return {};
  });

async function giveBack(
  trx: Kysely<AuthTables>,
  { tenant, idempotencyId, unusedMessages, outcome }: SettleOnce,
  { reserved_day: day, reserved_count: reserved }: OnceRow,
): Promise<void> {
  const count = Math.min(unusedMessages, reserved);
  if (day === null || count === 0) return;
  // The next attempt sends what this one could not: all is counted anew then, or nothing.
  if (outcome.kind !== 'keep' && count < reserved) return;
  await subtractUsage(trx, { tenant, day, count });
  const left = reserved - count;
  await updateOnce(trx, idempotencyId, { reserved_count: left, reserved_day: left === 0 ? null : day });
}
