import {
  type BodyOf,
  type bulkSend as bulkSendOperation,
  isRejection,
  type ServiceReply,
  type ServiceRequest,
} from '@wam/contracts';
import type { Clock, IdSource } from '@wam/service-kit';
import { answer, type Requester, refuse } from '@wam/service-kit/nats';
import type { Kysely } from 'kysely';
import { campaignDurationMs } from '../campaign/campaign-deadline.ts';
import { addressIn, type PlannedBulkSend, planBulkSend } from '../campaign/plan-bulk-send.ts';
import type { CompletionWatch } from '../completion-watch.ts';
import { findNumbers } from '../recipients/find-numbers.ts';
import { wakeSenders } from '../senders/wake-senders.ts';
import { whyNoSessionSends } from '../senders/why-no-session-sends.ts';
import { findSession } from '../sessions/find-session.ts';
import { findCampaign } from '../storage/campaign-row.ts';
import type { ContactSealer } from '../storage/contact-sealer.ts';
import { decideOrThrow, insertCampaign } from '../storage/insert-campaign.ts';
import { reasonOf } from '../storage/read-campaign.ts';
import { readReport } from '../storage/read-report.ts';
import { refusableTransaction } from '../storage/refusable-transaction.ts';
import type { DispatcherTables } from '../storage/tables.ts';
import { waitForCompletion } from './wait-for-completion.ts';

export interface BulkSendDeps {
  database: Kysely<DispatcherTables>;
  requester: Requester;
  sealer: ContactSealer;
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
    const known = await report(deps, tenant, campaignId);
    if (known !== undefined) return answer(202, known);
  }
  const session = await findSession(deps.requester, { principal, requestId }, body.sessionId);
  if (isRejection(session)) return refuse(session);

  // Whoever cannot be asked now is asked again before anything is sent.
  const numbers = (await findNumbers(deps, tenant, body.contacts.map(addressIn))) ?? new Map<string, string>();
  const now = new Date(deps.clock.now());
  const planned = planBulkSend(body, { campaignId, session, numbers, nowMs: now.getTime() });
  if (isRejection(planned)) return refuse(planned);
  const stored = await refusableTransaction(deps.database, async (tx) => {
    const campaign = await insertCampaign(tx, deps.sealer, {
      ...planned,
      tenant,
      plan: principal.plan,
      kind: 'bulk-send',
      name: '',
      correlationId: requestId,
      pace: undefined,
      schedule: undefined,
      maxFailurePercent: 100,
      sessions: [session],
      createdAt: now,
      notAfter: new Date(planned.notAfterMs),
    });
    if (campaign === undefined) return 'known';
    // The log may have told more here than the session showed when it was asked.
    const unusable = await whyNoSessionSends(tx, campaignId);
    if (unusable?.code === 'SESSION_RESTRICTED') return unusable;
    const { delayMs } = planned;
    await decideOrThrow(
      tx,
      campaign,
      { type: 'Start', campaignId, startAt: undefined, begins: true, sessionIds: [session.sessionId], delayMs },
      now,
    );
    await wakeSenders(tx, campaignId, now);
    return 'stored';
  });
  if (isRejection(stored)) return refuse(stored);
  deps.wake();

  const inTime = durationMs(planned) < patienceMs && (await waitForCompletion(deps, tenant, campaignId, patienceMs));
  const known = await report(deps, tenant, campaignId);
  if (known === undefined) return refuse({ code: 'CAMPAIGN_NOT_FOUND' });
  if (!inTime) return answer(202, known);
  const { pending: _, statusUrl: __, reason: ___, ...finished } = known;
  return answer(200, finished);
}

async function report({ database, sealer }: BulkSendDeps, tenant: string, campaignId: string) {
  const campaign = await findCampaign(database, tenant, campaignId);
  const known = campaign && (await readReport(database, sealer, tenant, campaignId));
  if (campaign === undefined || known === undefined) return undefined;
  const { cancelled: _, ...shown } = known;
  return { ...shown, reason: reasonOf(campaign) };
}

const durationMs = ({ recipients, delayMs }: PlannedBulkSend): number =>
  campaignDurationMs(recipients.filter((recipient) => recipient.duplicateOf === undefined).length, delayMs);
