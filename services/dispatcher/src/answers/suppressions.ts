import type { addSuppressions, BodyOf, listSuppressions, QueryOf, setOptOutWords } from '@wam/contracts';
import { isRejection } from '@wam/contracts';
import { answer, refuse } from '@wam/service-kit/nats';
import { sql } from 'kysely';
import { defaultWords, tidyWords } from '../opt-out/opt-out-words.ts';
import { suppress } from '../opt-out/record-opt-outs.ts';
import { suppressionContext } from '../storage/seal-contexts.ts';
import { type AnswerDeps, asAccount, type Handler } from './answers-deps.ts';
import { pageOf, placeOf } from './page-cursor.ts';

/** Milliseconds and print of the number. */
const place = /^\d{1,13}\/[0-9a-f]{32}$/;

export const listSuppressed = ({ database, sealer }: AnswerDeps): Handler =>
  asAccount(async ({ principal: { tenant }, query }) => {
    const { number, limit = 100, cursor } = query as QueryOf<typeof listSuppressions>;
    const after = placeOf(cursor, place);
    if (isRejection(after)) return refuse(after);
    let wanted = database
      .selectFrom('suppression')
      .select(['contact_hash', 'number', 'source', 'created_at'])
      .where('tenant', '=', tenant)
      .orderBy('created_at', 'desc')
      .orderBy('contact_hash', 'desc')
      .limit(limit + 1);
    if (number !== undefined) wanted = wanted.where('contact_hash', '=', sealer.fingerprint(tenant, number));
    if (after !== undefined) {
      const [atMs, hash] = after.split('/');
      const at = new Date(Number(atMs));
      const contactHash = Buffer.from(hash!, 'hex');
      wanted = wanted.where(sql<boolean>`(created_at, contact_hash) < (${at}::timestamptz, ${contactHash}::bytea)`);
    }
    const page = pageOf(
      await wanted.execute(),
      limit,
      (row) => `${row.created_at.getTime()}/${row.contact_hash.toString('hex')}`,
    );
    const data = page.data.map((row) => ({
      number: sealer.open(suppressionContext(tenant, row.contact_hash), row.number).toString(),
      source: row.source,
      createdAt: row.created_at.toISOString(),
    }));
    return answer(200, { ...page, data });
  });

export const addSuppressed = ({ database, sealer, clock }: AnswerDeps): Handler =>
  asAccount(async ({ principal: { tenant }, body }) => {
    const { numbers } = body as BodyOf<typeof addSuppressions>;
    const now = new Date(clock.now());
    return answer(200, { added: await suppress(database, sealer, { tenant, numbers, source: 'list', now }) });
  });

export const removeSuppressed = ({ database, sealer }: AnswerDeps): Handler =>
  asAccount(async ({ principal: { tenant }, params }) => {
    const { numDeletedRows } = await database
      .deleteFrom('suppression')
      .where('tenant', '=', tenant)
      .where('contact_hash', '=', sealer.fingerprint(tenant, params.number ?? ''))
      .executeTakeFirst();
    return answer(200, { removed: numDeletedRows > 0n });
  });

export const getWords = ({ database }: AnswerDeps): Handler =>
  asAccount(async ({ principal: { tenant } }) => {
    const row = await database
      .selectFrom('opt_out_words')
      .select('words')
      .where('tenant', '=', tenant)
      .executeTakeFirst();
    return answer(200, { words: row?.words ?? defaultWords });
  });

export const setWords = ({ database }: AnswerDeps): Handler =>
  asAccount(async ({ principal: { tenant }, body }) => {
    const words = tidyWords((body as BodyOf<typeof setOptOutWords>).words);
    await database
      .insertInto('opt_out_words')
      .values({ tenant, words })
      .onConflict((conflict) => conflict.column('tenant').doUpdateSet({ words }))
      .execute();
    return answer(200, { words });
  });
