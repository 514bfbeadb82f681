/** Rows of a list become recipients of a campaign, or problems that its preview lists. */
import { insertRows } from '@wam/service-kit/postgres';
import type { Kysely } from 'kysely';
import { placeholdersOf } from '../campaign/message-template.ts';
import { readSuppressed } from '../opt-out/read-suppressed.ts';
import type { ContactSealer } from '../storage/contact-sealer.ts';
import { insertRecipients } from '../storage/insert-campaign.ts';
import { problemContext } from '../storage/seal-contexts.ts';
import type { CampaignProblemTable, DispatcherTables } from '../storage/tables.ts';
import { isFault, judgeRow, type RawRow, type RowFault, type UsableRow } from './judge-row.ts';

/** A row as it was read; `row` is its line, or its place in the request, from 1. */
export interface ReadRow {
  row: number;
  fields: RawRow | UnreadableRow;
}
export interface TakenUp {
  added: number;
  bad: number;
  duplicates: number;
  optedOut: number;
}
export interface TakeUpTarget {
  campaignId: string;
  tenant: string;
  message: string;
  /** Position of the first row. */
  fromPosition: number;
  /** Problems that are stored already; the first 10,000 are. */
  storedProblems: number;
  now: Date;
}

export const maxStoredProblems = 10_000;

interface Problem {
  row: number;
  kind: CampaignProblemTable['kind'];
  reason: string;
  value: string;
}

/** @returns what became of the rows, the first position that is free afterwards, and how many problems were stored */
export async function takeUpRows(
  database: Kysely<DispatcherTables>,
  sealer: ContactSealer,
  target: TakeUpTarget,
  rows: readonly ReadRow[],
): Promise<TakenUp & { nextPosition: number; storedProblems: number }> {
  const problems: Problem[] = [];
  const judged = judge(rows, target.message, problems);
  const usable = await withoutSuppressed(database, sealer, target.tenant, judged, problems);
  const recipients = usable.map(({ number, values }, i) => ({
    position: target.fromPosition + i,
    contact: number,
    values,
  }));
  const inserted = await insertRecipients(
    database,
    sealer,
    { campaignId: target.campaignId, tenant: target.tenant, createdAt: target.now },
    recipients,
  );
  for (const [i, { row, number }] of usable.entries()) {
    if (!inserted.has(target.fromPosition + i)) problems.push(duplicateOf(row, number));
  }
  const count = (kind: Problem['kind']) => problems.filter((problem) => problem.kind === kind).length;
  return {
    added: inserted.size,
    bad: count('bad'),
    duplicates: count('duplicate'),
    optedOut: count('opted-out'),
    nextPosition: target.fromPosition + usable.length,
    storedProblems: await storeProblems(database, sealer, target, problems),
  };
}

type Numbered = UsableRow & { row: number };

function judge(rows: readonly ReadRow[], message: string, problems: Problem[]): Numbered[] {
  const demands = { message, placeholders: placeholdersOf(message) };
  const first = new Set<string>();
  const usable: Numbered[] = [];
  for (const { row, fields } of rows) {
    const judged: UsableRow | RowFault = isRowFault(fields) ? fields : judgeRow(fields, demands);
    if (isFault(judged)) problems.push({ row, kind: 'bad', reason: judged.reason, value: judged.value });
    else if (first.has(judged.number)) problems.push(duplicateOf(row, judged.number));
    else {
      first.add(judged.number);
      usable.push({ row, ...judged });
    }
  }
  return usable;
}

async function withoutSuppressed(
  database: Kysely<DispatcherTables>,
  sealer: ContactSealer,
  tenant: string,
  rows: readonly Numbered[],
  problems: Problem[],
): Promise<Numbered[]> {
  if (rows.length === 0) return [];
  const hashes = rows.map(({ number }) => sealer.fingerprint(tenant, number));
  const suppressed = await readSuppressed(database, tenant, hashes);
  if (suppressed.size === 0) return [...rows];
  return rows.filter(({ row, number }, i) => {
    if (!suppressed.has(hashes[i]!.toString('hex'))) return true;
    problems.push({ row, kind: 'opted-out', reason: 'The recipient opted out', value: number });
    return false;
  });
}

async function storeProblems(
  database: Kysely<DispatcherTables>,
  sealer: ContactSealer,
  { campaignId, tenant, storedProblems }: TakeUpTarget,
  problems: readonly Problem[],
): Promise<number> {
  const kept = problems.toSorted((a, b) => a.row - b.row).slice(0, Math.max(0, maxStoredProblems - storedProblems));
  await insertRows(database, {
    table: 'campaign_problem',
    columns: problemColumns,
    rows: kept.map(({ row, kind, reason, value }, i) => ({
      campaign_id: campaignId,
      ordinal: storedProblems + i,
      row_number: row,
      tenant,
      kind,
      reason,
      value: sealer.seal(problemContext(tenant, campaignId, storedProblems + i), value),
    })),
  });
  return storedProblems + kept.length;
}

const problemColumns = {
  campaign_id: 'text',
  ordinal: 'int4',
  row_number: 'int4',
  tenant: 'uuid',
  kind: 'text',
  reason: 'text',
  value: 'bytea',
} as const;

const duplicateOf = (row: number, number: string): Problem => ({
  row,
  kind: 'duplicate',
  reason: 'The number came before',
  value: number,
});
const isRowFault = (fields: RawRow | UnreadableRow): fields is UnreadableRow => fields instanceof UnreadableRow;

/** A row that could not even be taken apart. */
export class UnreadableRow implements RowFault {
  readonly reason: string;
  readonly value: string;

  constructor(reason: string, value = '') {
    this.reason = reason;
    this.value = value;
  }
}
