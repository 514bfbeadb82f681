import {
  type BodyOf,
  type bulkSend as bulkSendOperation,
  isRejection,
  type ServiceReply,
  type ServiceRequest,
} from '@wam/contracts';
import type { Clock, IdSource, Sealer } from '@wam/service-kit';
import { answer, type Requester, refuse } from '@wam/service-kit/nats';
import type { Kysely } from 'kysely';
import type { CompletionWatch } from '../completion-watch.ts';
import { campaignDurationMs } from '../domain/pace.ts';
import { type PlannedCampaign, startCampaign } from '../domain/start-campaign.ts';
import { findSession } from '../sessions/find-session.ts';
import { insertCampaign } from '../storage/insert-campaign.ts';
import { readReport } from '../storage/read-report.ts';
import type { DispatcherTables } from '../storage/tables.ts';
import { waitForCompletion } from './wait-for-completion.ts';

export interface BulkSendDeps {
  database: Kysely<DispatcherTables>;
  requester: Requester;
  sealer: Sealer;
  clock: Clock;
  ids: IdSource;
  completions: CompletionWatch;
  /** Tells the dispatch loop that there is work. */
  wake: () => void;
  /** Aborted when the service stops: whoever still waits is answered with what there is. */
  stopping: AbortSignal;
}

/** How long a caller is kept waiting for a result of every contact. */
const patienceMs = 30_000;

/** 200 with every result, or 202 with those so far: at once when the asked pace alone takes longer than the patience. */
export async function bulkSend(deps: BulkSendDeps, request: ServiceRequest): Promise<ServiceReply> {
  const { principal, requestId } = request;
  if (principal === undefined) return refuse({ code: 'UNAUTHORIZED' });
  const body = request.body as BodyOf<typeof bulkSendOperation>;
  const { tenant } = principal;
  const campaignId = `cmp_${request.idempotencyId ?? deps.ids.ulid()}`;
  if (request.idempotencyId !== undefined) {
    const known = await readReport(deps.database, deps.sealer, tenant, campaignId);
    if (known !== undefined) return answer(202, known);
  }
  const session = await findSession(deps.requester, { principal, requestId }, body.sessionId);
  if (isRejection(session)) return refuse(session);

  const campaign = startCampaign(body, { campaignId, session, nowMs: deps.clock.now() });
  if (isRejection(campaign)) return refuse(campaign);
  await insertCampaign(deps.database, deps.sealer, { ...campaign, tenant, correlationId: requestId });
  deps.wake();

  const inTime = durationMs(campaign) < patienceMs && (await waitForCompletion(deps, tenant, campaignId, patienceMs));
  const report = await readReport(deps.database, deps.sealer, tenant, campaignId);
  if (report === undefined) return refuse({ code: 'CAMPAIGN_NOT_FOUND' });
  if (!inTime) return answer(202, report);
  const { pending: _, statusUrl: __, ...finished } = report;
  return answer(200, finished);
}

const durationMs = ({ recipients, delayMs }: PlannedCampaign): number =>
  campaignDurationMs(recipients.filter((recipient) => recipient.duplicateOf === undefined).length, delayMs);
