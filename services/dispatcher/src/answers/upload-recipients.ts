/** A file of recipients. The rows count when the whole file was taken up; of an upload that ends in the middle nothing stays. */
import { isRejection, type Rejection, reject, type ServiceReply } from '@wam/contracts';
import { answer, refuse } from '@wam/service-kit/nats';
import { type Kysely, sql } from 'kysely';
import {
  batchesOf,
  createRowReader,
  type FileFormat,
  formatOf,
  stepsOf,
  unknownFormat,
} from '../recipients/read-rows.ts';
import { showNumbers } from '../recipients/show-numbers.ts';
import { type ReadRow, type TakenUp, takeUpRows } from '../recipients/take-up-rows.ts';
import { type Campaign, decideOn, lockCampaign } from '../storage/campaign-row.ts';
import { readProblems } from '../storage/read-problems.ts';
import { refusableTransaction } from '../storage/refusable-transaction.ts';
import { messageContext } from '../storage/seal-contexts.ts';
import type { DispatcherTables } from '../storage/tables.ts';
import { type Handler, onCampaign } from './answers-deps.ts';
import { receivePieces, type Upload, type UploadDeps } from './receive-pieces.ts';

const maxRecipients = 1_000_000;
const shownProblems = 100;

export const uploadRecipients = (deps: UploadDeps): Handler =>
  onCampaign(deps, async (campaign, request) => {
    const format = formatOf((request.body as { contentType: string }).contentType);
    if (format === undefined) return refuse(unknownFormat);
    if (campaign.status !== 'draft') {
      return refuse({
        code: 'CAMPAIGN_STATE',
        message: `Only a draft takes recipients; this one is ${campaign.status}`,
      });
    }
    const uploadId = deps.ids.ulid();
    // As it is then: the upload before may have ended a moment ago.
    const claimed = await claim(deps, campaign, uploadId);
    if (claimed === undefined) {
      return refuse({ code: 'CONFLICT', message: 'Another upload to this campaign is under way' });
    }
    await discardUnfinished(deps, claimed);
    const upload = createUpload(deps, claimed, { uploadId, format, requestId: request.requestId });
    return receivePieces(deps, { operation: 'uploadRecipients', uploadId, upload });
  });

const tookItsPlace = reject('CONFLICT', { message: 'Another upload took its place' });

function createUpload(
  deps: UploadDeps,
  campaign: Campaign,
  { uploadId, format, requestId }: { uploadId: string; format: FileFormat; requestId: string },
): Upload {
  const { database, sealer, clock } = deps;
  const { campaign_id: campaignId, tenant } = campaign;
  const message = sealer.open(messageContext(tenant, campaignId), campaign.message).toString();
  const reader = createRowReader(format);
  const counts: TakenUp = { added: 0, bad: 0, duplicates: 0, optedOut: 0 };
  const storedBefore = storedProblemsOf(campaign);
  let rows = 0;
  let nextPosition = campaign.rows;
  let storedProblems = storedBefore;

  async function takeUp(read: readonly ReadRow[]): Promise<Rejection | undefined> {
    for (const written of batchesOf(read)) {
      const batch = await showNumbers(deps, tenant, written);
      const now = new Date(clock.now());
      const target = { campaignId, tenant, message, fromPosition: nextPosition, storedProblems, now };
      const taken = await database.transaction().execute((tx) => takeUpRows(tx, sealer, target, batch));
      rows += batch.length;
      counts.added += taken.added;
      counts.bad += taken.bad;
      counts.duplicates += taken.duplicates;
      counts.optedOut += taken.optedOut;
      ({ nextPosition, storedProblems } = taken);
      if (campaign.total + counts.added > maxRecipients) {
        return reject('TOO_MANY_RECIPIENTS', { message: 'A campaign takes at most 1,000,000 recipients' });
      }
    }
    return undefined;
  }

  async function push(bytes: Uint8Array): Promise<Rejection | undefined> {
    const { numAffectedRows } = await sql`update campaign set upload_seen_at = clock_timestamp()
      where campaign_id = ${campaignId} and upload_id = ${uploadId}`.execute(database);
    // It stood still for more than a minute.
    if (numAffectedRows === 0n) return tookItsPlace;
    for (const step of stepsOf(bytes)) {
      const read = reader.push(step);
      const refused = isRejection(read) ? read : await takeUp(read);
      if (refused !== undefined) return refused;
    }
    return undefined;
  }

  async function finish(): Promise<ServiceReply> {
    const read = reader.end();
    const refused = isRejection(read) ? read : await takeUp(read);
    if (refused !== undefined) {
      await abort();
      return refuse(refused);
    }
    const now = new Date(clock.now());
    const stored = await refusableTransaction(database, async (tx) => {
      const current = await lockCampaign(tx, tenant, campaignId);
      if (current?.upload_id !== uploadId) return tookItsPlace;
      const added = await decideOn(tx, current, { type: 'AddRecipients', campaignId, ...counts }, now, requestId);
      if (isRejection(added)) return added;
      return tx
        .updateTable('campaign')
        .set({
          rows: nextPosition,
          bad: current.bad + counts.bad,
          duplicates: current.duplicates + counts.duplicates,
          opted_out_rows: current.opted_out_rows + counts.optedOut,
          upload_id: null,
        })
        .where('campaign_id', '=', campaignId)
        .returningAll()
        .executeTakeFirstOrThrow();
    });
    if (isRejection(stored)) return refuse(stored);
    const problems = await readProblems(database, sealer, campaign, { from: storedBefore, limit: shownProblems });
    return answer(200, {
      rows,
      ...counts,
      total: stored.total,
      problems: problems.map(({ ordinal: _, ...row }) => row),
    });
  }

  /** It lets go of the campaign when its rows are gone, or they would be those of whoever is next. */
  async function abort(): Promise<void> {
    await database.transaction().execute(async (tx) => {
      const current = await lockCampaign(tx, tenant, campaignId);
      if (current?.upload_id !== uploadId) return;
      await discardUnfinished({ database: tx }, campaign);
      await tx.updateTable('campaign').set({ upload_id: null }).where('campaign_id', '=', campaignId).execute();
    });
  }

  return {
    push,
    finish,
    abort,
  };
}

const storedProblemsOf = ({ bad, duplicates, opted_out_rows }: Campaign): number =>
  Math.min(10_000, bad + duplicates + opted_out_rows);

/** One upload at a time; one whose process died is over after a minute. */
const claim = (
  { database }: UploadDeps,
  { campaign_id, tenant }: Campaign,
  uploadId: string,
): Promise<Campaign | undefined> =>
  database
    .updateTable('campaign')
    .set({ upload_id: uploadId, upload_seen_at: sql`clock_timestamp()` })
    .where('campaign_id', '=', campaign_id)
    .where('tenant', '=', tenant)
    .where('status', '=', 'draft')
    .where(sql<boolean>`(upload_id is null or upload_seen_at < clock_timestamp() - interval '1 minute')`)
    .returningAll()
    .executeTakeFirst();

/** What an upload left behind that was not finished. */
async function discardUnfinished(
  { database }: { database: Kysely<DispatcherTables> },
  campaign: Campaign,
): Promise<void> {
  const { campaign_id: campaignId, rows } = campaign;
  await database
    .deleteFrom('campaign_recipient')
    .where('campaign_id', '=', campaignId)
    .where('position', '>=', rows)
    .execute();
  await database
    .deleteFrom('campaign_problem')
    .where('campaign_id', '=', campaignId)
    .where('ordinal', '>=', storedProblemsOf(campaign))
    .execute();
}
