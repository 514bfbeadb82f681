import { answer } from '@wam/service-kit/nats';
import { stringify } from 'csv-stringify/sync';
import { suppressionContext } from '../storage/seal-contexts.ts';
import { type AnswerDeps, asAccount, type Handler } from './answers-deps.ts';

const columns = ['number', 'source', 'createdAt'] as const;
const pageSize = 2000;

/** One page of the file and where the next one begins, in the order of the key: what is added meanwhile may or may not be in it. */
export const exportSuppressed = ({ database, sealer }: AnswerDeps): Handler =>
  asAccount(async ({ principal: { tenant }, body }) => {
    const { after = '' } = (body ?? {}) as { after?: string };
    const found = await database
      .selectFrom('suppression')
      .select(['contact_hash', 'number', 'source', 'created_at'])
      .where('tenant', '=', tenant)
      .where('contact_hash', '>', Buffer.from(after, 'hex'))
      .orderBy('contact_hash')
      .limit(pageSize)
      .execute();
    const rows = found
      .map((row) => ({
        number: sealer.open(suppressionContext(tenant, row.contact_hash), row.number).toString(),
        source: row.source,
        createdAt: row.created_at.toISOString(),
      }))
      // Of who was erased nobody knows the number any more.
      .filter(({ number }) => number !== '');
    const text = stringify(rows, { columns: [...columns], header: after === '', record_delimiter: 'windows' });
    const last = found.at(-1);
    return answer(200, { text, next: found.length < pageSize ? null : last!.contact_hash.toString('hex') });
  });
