/**
 * A file of recipients, in pieces: the first request claims the campaign and names where the pieces go, the last one has the answer. The
 * rows count when the whole file was taken up; of an upload that ends in the middle nothing stays.
 */
import { isRejection, type Rejection, reject, type ServiceReply, type ServiceRequest, subjects } from '@wam/contracts';
import type { Logger } from '@wam/service-kit';
import { answer, type NatsConnection, refuse, serveRequests } from '@wam/service-kit/nats';
import { sql } from 'kysely';
import { createRowReader, type FileFormat } from '../recipients/read-rows.ts';
import { type ReadRow, type TakenUp, takeUpRows } from '../recipients/take-up-rows.ts';
import { type Campaign, decideOn, lockCampaign } from '../storage/campaign-row.ts';
import { readProblems } from '../storage/read-problems.ts';
import { refusableTransaction } from '../storage/refusable-transaction.ts';
import { messageContext } from '../storage/seal-contexts.ts';
import { type AnswerDeps, type Handler, onCampaign } from './answers-deps.ts';

export interface UploadDeps extends AnswerDeps {
  nats: NatsConnection;
  logger: Logger;
}

const maxRecipients = 1_000_000;
/** Rows in one transaction: some 10 ms of a core, so that others are served in between. */
const batchSize = 500;
/**
 * Of a piece at a time, some hundred rows: those of a whole piece outlive young garbage while the database works. Without a database, half the
 * growth of the process (126 MB, 66 MB).
 */
const stepBytes = 32 * 1024;
/** Between two pieces; then the caller is gone. */
const patienceMs = 60_000;
const shownProblems = 100;

const formats: Readonly<Record<string, FileFormat>> = { 'text/csv': 'csv', 'application/x-ndjson': 'ndjson' };

export const uploadRecipients = (deps: UploadDeps): Handler =>
  onCampaign(deps, async (campaign, request) => {
    const format = formats[(request.body as { contentType: string }).contentType];
    if (format === undefined) return refuse({ code: 'UNSUPPORTED_MEDIA_TYPE' });
    if (campaign.status !== 'draft') {
      return refuse({
        code: 'CAMPAIGN_STATE',
        message: `Only a draft takes recipients; this one is ${campaign.status}`,
      });
    }
    const uploadId = deps.ids.ulid();
    if (!(await claim(deps, campaign, uploadId))) {
      return refuse({ code: 'CONFLICT', message: 'Another upload to this campaign is under way' });
    }
    await discardUnfinished(deps, campaign);
    const subject = subjects.upload('dispatcher', uploadId);
    await receivePieces(
      deps,
      createUpload(deps, campaign, { uploadId, format, requestId: request.requestId }),
      subject,
    );
    return answer(200, { subject });
  });

interface Upload {
  push(bytes: Uint8Array): Promise<Rejection | undefined>;
  finish(): Promise<ServiceReply>;
  abort(): Promise<void>;
}

async function receivePieces({ nats, logger, clock }: UploadDeps, upload: Upload, subject: string): Promise<void> {
  let timer = clock.setTimeout(() => undefined, 0);
  const service = serveRequests(nats, {
    from: { subject },
    handlers: { uploadRecipients: receive },
    logger,
    maxConcurrent: 1,
  });
  const close = (): void => {
    timer.cancel();
    // Not awaited: it waits for the request that asks for it.
    void service.stop();
  };
  const waitForNext = (): void => {
    timer.cancel();
    timer = clock.setTimeout(() => {
      close();
      upload.abort().catch((error) => logger.warn({ err: error }, 'an abandoned upload is discarded by the next one'));
    }, patienceMs);
  };

  async function receive({ body }: ServiceRequest): Promise<ServiceReply> {
    const piece = body as { data?: string; end?: true };
    if (piece.data !== undefined) {
      waitForNext();
      const refused = await upload.push(Buffer.from(piece.data, 'base64'));
      waitForNext();
      if (refused === undefined) return answer(200, {});
      close();
      await upload.abort();
      return refuse(refused);
    }
    close();
    if (piece.end === true) return upload.finish();
    await upload.abort();
    return answer(200, {});
  }

  await service.start();
  waitForNext();
}

function createUpload(
  { database, sealer, clock }: UploadDeps,
  campaign: Campaign,
  { uploadId, format, requestId }: { uploadId: string; format: FileFormat; requestId: string },
): Upload {
  const { campaign_id: campaignId, tenant } = campaign;
  const message = sealer.open(messageContext(tenant, campaignId), campaign.message).toString();
  const reader = createRowReader(format);
  const counts: TakenUp = { added: 0, bad: 0, duplicates: 0, optedOut: 0 };
  const storedBefore = storedProblemsOf(campaign);
  let rows = 0;
  let nextPosition = campaign.rows;
  let storedProblems = storedBefore;

  async function takeUp(read: readonly ReadRow[]): Promise<Rejection | undefined> {
    for (let at = 0; at < read.length; at += batchSize) {
      const now = new Date(clock.now());
      const target = { campaignId, tenant, message, fromPosition: nextPosition, storedProblems, now };
      const batch = read.slice(at, at + batchSize);
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
    for (let at = 0; at < bytes.length; at += stepBytes) {
      const read = reader.push(bytes.subarray(at, at + stepBytes));
      const refused = isRejection(read) ? read : await takeUp(read);
      if (refused !== undefined) return refused;
    }
    await sql`update campaign set upload_seen_at = clock_timestamp()
      where campaign_id = ${campaignId} and upload_id = ${uploadId}`.execute(database);
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
      if (current?.upload_id !== uploadId) return reject('CONFLICT', { message: 'Another upload took its place' });
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

  async function abort(): Promise<void> {
    const { numUpdatedRows } = await database
      .updateTable('campaign')
      .set({ upload_id: null })
      .where('campaign_id', '=', campaignId)
      .where('upload_id', '=', uploadId)
      .executeTakeFirst();
    if (numUpdatedRows > 0n) await discardUnfinished({ database }, campaign);
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
async function claim({ database }: UploadDeps, { campaign_id }: Campaign, uploadId: string): Promise<boolean> {
  const claimed = await sql`
    update campaign set upload_id = ${uploadId}, upload_seen_at = clock_timestamp()
    where campaign_id = ${campaign_id} and status = 'draft'
      and (upload_id is null or upload_seen_at < clock_timestamp() - interval '1 minute')`.execute(database);
  return claimed.numAffectedRows === 1n;
}

/** What an upload left behind that was not finished. */
async function discardUnfinished({ database }: Pick<UploadDeps, 'database'>, campaign: Campaign): Promise<void> {
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
