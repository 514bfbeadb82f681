import type { BeginOnce, BegunOnce, RejectionBody } from '@wam/contracts';
import { inTransaction, type Kysely } from '@wam/service-kit/postgres';
import type { AuthTables } from '../storage/schema.ts';
import { deleteOnce, insertOnce, lockOnceByKey, type NewOnce, type OnceRow, updateOnce } from './once-table.ts';
import type { SealedAnswers } from './sealed-answers.ts';

export interface BeginOnceDeps {
  db: Kysely<AuthTables>;
  answers: SealedAnswers;
  now: () => Date;
  /** Gateways count on from it for what the request makes: no other may be near. */
  newOnceId: () => string;
  /** How long a key stands for its request. */
  keepMs: number;
}

/** One statement on the first use of a key; whoever comes later looks at the row under its lock. */
export async function beginOnce(
  { tenant, keyHash, fingerprint, leaseMs }: BeginOnce,
  deps: BeginOnceDeps,
): Promise<BegunOnce | RejectionBody> {
  const now = deps.now();
  const row: NewOnce = {
    tenant,
    keyHash: Buffer.from(keyHash, 'hex'),
    fingerprint: Buffer.from(fingerprint, 'hex'),
    id: deps.newOnceId(),
    now,
    claimedUntil: new Date(now.getTime() + leaseMs),
    expiresAt: new Date(now.getTime() + deps.keepMs),
  };
  for (;;) {
    if (await insertOnce(deps.db, row)) return { state: 'begun', idempotencyId: row.id, attempt: 1 };
    const state = await inTransaction(deps.db, (trx) => meet(trx, row, deps.answers));
    if (state !== 'gone') return state;
  }
}

/** What a later use finds. `gone`: the row was forgotten or has expired, so this is the first use after all. */
async function meet(
  trx: Kysely<AuthTables>,
  wish: NewOnce,
  answers: SealedAnswers,
): Promise<BegunOnce | RejectionBody | 'gone'> {
  const found = await lockOnceByKey(trx, wish);
  if (found === undefined) return 'gone';
  if (found.expires_at <= wish.now) {
    await deleteOnce(trx, found.id);
    return 'gone';
  }
  const next = nextOf(found, wish);
  if (next === 'answered') return { state: 'answered', reply: answers.open(wish.tenant, found.id, found.answer!) };
  if (next !== 'begin') return next;
  const attempt = found.attempt + 1;
  // What an earlier attempt took and did not give back it may have used, so it is not given back by this one either.
  await updateOnce(trx, found.id, { attempt, claimed_until: wish.claimedUntil, reserved_count: 0 });
  return { state: 'begun', idempotencyId: found.id, attempt };
}

/** What the same key means to somebody who comes later. Pure. */
export function nextOf(
  found: Pick<OnceRow, 'fingerprint' | 'answer' | 'claimed_until'>,
  { fingerprint, now }: Pick<NewOnce, 'fingerprint' | 'now'>,
): 'begin' | 'answered' | Extract<BegunOnce, { state: 'running' }> | RejectionBody {
  if (!found.fingerprint.equals(fingerprint)) return { code: 'IDEMPOTENCY_KEY_REUSED', param: 'Idempotency-Key' };
  if (found.answer !== null) return 'answered';
  const leaseLeftMs = found.claimed_until.getTime() - now.getTime();
  return leaseLeftMs > 0 ? { state: 'running', leaseLeftMs } : 'begin';
}
