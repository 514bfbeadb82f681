import type { Kysely } from '@wam/service-kit/postgres';
import type { AuthTables } from '../storage/schema.ts';
import { lockOnce, updateOnce } from './once-table.ts';
import type { SealedAnswers } from './sealed-answers.ts';

/**
 * For what cannot be done again and answered alike, such as making a secret: the answer is kept in the transaction of the effect, so that there
 * is never one without the other. `run` is not called when there is an answer already.
 */
export async function keepingAnswer<R extends object>(
  trx: Kysely<AuthTables>,
  { tenant, idempotencyId: id }: { tenant: string; idempotencyId?: string | undefined },
  { answers, status }: { answers: SealedAnswers; status: number },
  run: () => Promise<R>,
): Promise<R> {
  const found = id === undefined ? undefined : await lockOnce(trx, tenant, id);
  if (found === undefined) return run();
  if (found.answer !== null) {
    const reply = answers.open(tenant, found.id, found.answer);
    if (!reply.ok) throw new Error(`${found.id}: a refusal was kept for what has succeeded`);
    return reply.body as R;
  }
  const body = await run();
  if (!('code' in body))
    await updateOnce(trx, found.id, { answer: answers.seal(tenant, found.id, { ok: true, status, body }) });
  return body;
}
