import { inTransaction, type Kysely } from '@wam/service-kit/postgres';
import type { AnalyticsTables } from '../database.ts';
import { restore } from '../event-archive/projection.ts';
import { readArchivedEvents } from '../event-archive/table.ts';
import type { OpenSealed } from '../message/projection.ts';
import type { ProjectionName } from '../rebuilding/projections.ts';
import { recognise, sortOut } from './known-events.ts';
import { projectBatch } from './project-batch.ts';

export interface ReplayOptions {
  archive: Kysely<AnalyticsTables>;
  /** Tables of the same migrations in another schema, empty or holding everything before `fromSeq`. */
  target: Kysely<AnalyticsTables>;
  open: OpenSealed;
  incarnation: string;
  fromSeq: number;
  toSeq: number;
  /** Default: all. */
  projections?: readonly ProjectionName[];
  /** Events per transaction. Default 2000. */
  maxBatch?: number;
  /** Told after each transaction. */
  onProgress?: (seq: number) => Promise<void>;
}

/**
 * Feeds archived events to the same folds that the live log feeds, into tables beside the live ones.
 * @returns how many events were read
 */
export async function replayArchive(options: ReplayOptions): Promise<number> {
  const { archive, target, open, incarnation, toSeq, projections, maxBatch = 2_000 } = options;
  let afterSeq = options.fromSeq - 1;
  let replayed = 0;
  for (;;) {
    const page = await readArchivedEvents(archive, { incarnation, afterSeq, toSeq, limit: maxBatch });
    const last = page.at(-1);
    if (last === undefined) return replayed;
    const events = sortOut(page.map(restore).map(recognise));
    await inTransaction(target, (trx) => projectBatch(trx, events, open, projections));
    afterSeq = last.seq;
    replayed += page.length;
    await options.onProgress?.(afterSeq);
  }
}
