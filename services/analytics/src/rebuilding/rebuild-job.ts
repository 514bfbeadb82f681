/**
 * Rebuilds on an operator's word, one at a time over all processes, and keeps in the table `rebuild` how far the last one of each projection is:
 * whoever is asked can tell.
 */
import type { RebuildStatus } from '@wam/contracts';
import { inTransaction, type Kysely, sql } from '@wam/service-kit/postgres';
import type { AnalyticsTables } from '../database.ts';
import { beginUpkeep, endUpkeep } from '../upkeep/upkeep-lock.ts';
import type { ProjectionName } from './projections.ts';
import { type RebuildOptions, rebuildProjection } from './rebuild-projection.ts';

export interface RebuildTable {
  projection: ProjectionName;
  status: RebuildStatus;
  updated_at: Date;
}

export interface RebuildJobs {
  /** False when one is under way, here or elsewhere, or a retention or an erasure. */
  start(projection: ProjectionName, check: boolean): Promise<boolean>;
  /** Undefined when it was never rebuilt. */
  statusOf(projection: ProjectionName): Promise<RebuildStatus | undefined>;
}

export interface RebuildJobsDeps extends Pick<RebuildOptions, 'live' | 'openBeside' | 'open'> {
  onFailed(error: unknown): void;
}

export function createRebuildJobs(deps: RebuildJobsDeps): RebuildJobs {
  const { live } = deps;

  /** @returns how it ended */
  async function run(
    connection: Kysely<AnalyticsTables>,
    projection: ProjectionName,
    check: boolean,
  ): Promise<RebuildStatus> {
    const of = { projection, check };
    try {
      const differences = await rebuildProjection({
        ...deps,
        connection,
        projection,
        check,
        onProgress: (progress) => saveStatus(live, { ...of, state: 'running', ...progress }),
      });
      const { seq, targetSeq } = (await readStatus(live, projection))!;
      return { ...of, state: 'finished', seq, targetSeq, ...(differences && { differences }) };
    } catch (error) {
      deps.onFailed(error);
      const detail = error instanceof Error ? error.message : String(error);
      return { ...of, state: 'failed', seq: 0, targetSeq: 0, detail };
    }
  }

  return {
    async start(projection, check) {
      const begun = Promise.withResolvers<boolean>();
      // The lock belongs to the connection, so it ends with the process.
      live
        .connection()
        .execute(async (connection) => {
          if (!(await beginUpkeep(connection))) return begun.resolve(false);
          await saveStatus(live, { projection, check, state: 'running', seq: 0, targetSeq: 0 });
          begun.resolve(true);
          const end = await run(connection, projection, check);
          // Who hears of the end can start the next one: it waits for the row that is written here, not for the lock.
          await inTransaction(connection, async (trx) => {
            await saveStatus(trx, end);
            await endUpkeep(trx);
          });
        })
        .catch((error: unknown) => {
          begun.reject(error);
          deps.onFailed(error);
        });
      return begun.promise;
    },
    statusOf: (projection) => readStatus(live, projection),
  };
}

/** Who rebuilds says so at least every few seconds; after this silence nobody does any more. */
const silenceMs = 60_000;

async function readStatus(db: Kysely<AnalyticsTables>, projection: ProjectionName): Promise<RebuildStatus | undefined> {
  const { rows } = await sql<{ status: RebuildStatus; silent: boolean }>`
    select status, updated_at < now() - ${silenceMs} * interval '1 millisecond' as silent
    from rebuild where projection = ${projection}`.execute(db);
  const found = rows[0];
  if (found?.status.state === 'running' && found.silent)
    return { ...found.status, state: 'failed', detail: 'the process that rebuilt has ended; start it again' };
  return found?.status;
}

async function saveStatus(db: Kysely<AnalyticsTables>, status: RebuildStatus): Promise<void> {
  await sql`insert into rebuild (projection, status, updated_at)
    values (${status.projection}, ${JSON.stringify(status)}::jsonb, now())
    on conflict (projection) do update set status = excluded.status, updated_at = excluded.updated_at`.execute(db);
}
