/**
 * Seals stored envelopes anew under the current key while services run. They seal what they write under it already, so a row is
 * replaced only if it still is what was read; what a service wrote meanwhile is newer and stays.
 */
import { type RawBuilder, sql } from 'kysely';
import { type SealContext, SealError, type Sealer } from '../sealing.ts';
import type { SqlExecutor } from './database.ts';
import { hasMark, markSealing } from './guard-sealing.ts';
import { type ColumnTypes, unnestRows } from './unnest.ts';

export interface SealedColumn {
  table: string;
  column: string;
  /** Primary key. */
  key: ColumnTypes;
  /** Further columns that the context needs, as in a select list. */
  also?: RawBuilder<unknown>;
  /** Where the envelope of a row belongs. */
  contextOf(row: Readonly<Record<string, unknown>>): SealContext;
  /** Default: the column is the envelope. The others hold the envelope's base64 in a field `sealed`; an empty one is an erased envelope, and stays. */
  form?: 'bytea' | 'json-text' | 'json';
}
export interface SealedSchema {
  schema: string;
  columns: readonly SealedColumn[];
}
export interface ResealReport {
  table: string;
  resealed: number;
  /** Under a key that was not given, or damaged: left as they are. */
  unreadable: number;
}

const batchSize = 500;
/** `keyIdOf` of sealing.ts. */
const keyIdOf = (envelope: RawBuilder<unknown>) => sql`substring(${envelope} from 2 for 4)`;

/** One report per table; none when the schema was never used. The mark of the schema moves to the current key when nothing is left under another. */
export async function resealAll(
  db: SqlExecutor,
  { schema, columns }: SealedSchema,
  sealer: Sealer,
): Promise<ResealReport[]> {
  // A service that never ran has nothing sealed.
  if (!(await hasMark(db, schema))) return [];
  const reports: ResealReport[] = [];
  for (const column of columns) reports.push(await resealColumn(db, column, sealer));
  if (reports.every(({ unreadable }) => unreadable === 0)) await markSealing(db, schema, sealer);
  return reports;
}

async function resealColumn(db: SqlExecutor, column: SealedColumn, sealer: Sealer): Promise<ResealReport> {
  const { table, key, also } = column;
  const report: ResealReport = { table, resealed: 0, unreadable: 0 };
  const keyNames = Object.keys(key);
  const keyColumns = sql.join(keyNames.map((name) => sql.ref(name)));
  const { envelope, assigned } = accessTo(column);
  let after: Record<string, unknown> | undefined;
  for (;;) {
    const behind =
      after === undefined
        ? sql``
        : sql`and (${keyColumns}) > (${sql.join(keyNames.map((name) => sql`${after?.[name]}::${sql.raw(key[name] ?? 'text')}`))})`;
    const found = await sql<Record<string, unknown> & { envelope_found: Buffer }>`
      select ${keyColumns}, ${also === undefined ? sql`` : sql`${also},`} ${envelope} as envelope_found
      from ${sql.table(table)}
      where octet_length(${envelope}) > 0 and ${keyIdOf(envelope)} <> all(${sealer.currentKeyIds()}::bytea[]) ${behind}
      order by ${keyColumns} limit ${batchSize}`.execute(db);
    after = found.rows.at(-1);
    if (after === undefined) return report;
    const fresh = found.rows.flatMap((row) => {
      const sealed = resealed(row.envelope_found, column.contextOf(row), sealer);
      if (sealed === undefined) report.unreadable += 1;
      return sealed === undefined ? [] : { ...row, envelope_found: row.envelope_found, envelope_fresh: sealed };
    });
    if (fresh.length === 0) continue;
    const types = { ...key, envelope_found: 'bytea', envelope_fresh: 'bytea' } as const;
    const matches = sql.join(
      keyNames.map((name) => sql`${sql.ref(`${table}.${name}`)} = ${sql.ref(`fresh.${name}`)}`),
      sql` and `,
    );
    const updated = await sql`
      update ${sql.table(table)} set ${sql.ref(column.column)} = ${assigned}
      from ${unnestRows(types as ColumnTypes, fresh, 'fresh')}
      where ${matches} and ${envelope} = fresh.envelope_found`.execute(db);
    report.resealed += Number(updated.numAffectedRows ?? 0);
  }
}

function resealed(envelope: Buffer, context: SealContext, sealer: Sealer): Buffer | undefined {
  try {
    return sealer.reseal(context, envelope);
  } catch (error) {
    if (error instanceof SealError) return undefined;
    throw error;
  }
}

function accessTo({ table, column, form = 'bytea' }: SealedColumn) {
  const value = sql.ref(`${table}.${column}`);
  if (form === 'bytea') return { envelope: value, assigned: sql`fresh.envelope_fresh` };
  // encode() breaks its lines after 76 characters.
  const text = sql`translate(encode(fresh.envelope_fresh, 'base64'), E'\n', '')`;
  const envelope = sql`decode(${value}::jsonb ->> 'sealed', 'base64')`;
  // As text, so that order and spacing of the fields stay. Base64 holds nothing that a replacement would interpret.
  const replaced = sql`regexp_replace(${value}::text, '"sealed": ?"[^"]*"', '"sealed":"' || ${text} || '"')`;
  return { envelope, assigned: form === 'json' ? sql`${replaced}::json` : replaced };
}
