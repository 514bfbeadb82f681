import {
  type BodyOf,
  type createCampaign as createCampaignOperation,
  isRejection,
  type Principal,
  type Rejection,
  reject,
  type ServiceRequest,
} from '@wam/contracts';
import { isTimeZone } from '@wam/service-kit';
import { answer, refuse } from '@wam/service-kit/nats';
import { longestCampaignMs } from '../campaign/campaign-deadline.ts';
import { brokenPlaceholderOf } from '../campaign/message-template.ts';
import { sessionRefusal, type UsedSession } from '../campaign/plan-bulk-send.ts';
import { showNumbers } from '../recipients/show-numbers.ts';
import { type ReadRow, takeUpRows } from '../recipients/take-up-rows.ts';
import { findSession } from '../sessions/find-session.ts';
import { type Campaign, type DispatcherTransaction, findCampaign } from '../storage/campaign-row.ts';
import { decideOrThrow, insertCampaign } from '../storage/insert-campaign.ts';
import { viewCampaign } from '../storage/read-campaign.ts';
import { refusableTransaction } from '../storage/refusable-transaction.ts';
import { type AnswerDeps, asAccount, type Handler } from './answers-deps.ts';
import { startNow } from './steer-campaign.ts';

type Body = BodyOf<typeof createCampaignOperation>;

export const createCampaign = (deps: AnswerDeps): Handler =>
  asAccount(async (request) => {
    const { principal } = request;
    const body = request.body as Body;
    const campaignId = `cmp_${request.idempotencyId ?? deps.ids.ulid()}`;
    const now = new Date(deps.clock.now());
    const known = await findCampaign(deps.database, principal.tenant, campaignId);
    if (known !== undefined) return answer(201, await viewCampaign(deps.database, known, now));

    const refused = messageRefusal(body) ?? scheduleRefusal(body);
    if (refused !== undefined) return refuse(refused);
    const sessions = await usedSessions(deps, request, body.sessionIds);
    if (isRejection(sessions)) return refuse(sessions);

    const rows = await showNumbers(deps, principal.tenant, rowsOf(body));
    const stored = await refusableTransaction(deps.database, (tx) =>
      store(deps, tx, { campaignId, request, sessions, rows, now }),
    );
    if (isRejection(stored)) return refuse(stored);
    if (body.start === true) deps.wake();
    return answer(201, await viewCampaign(deps.database, stored, now));
  });

interface Wanted {
  campaignId: string;
  request: ServiceRequest & { principal: Principal };
  sessions: readonly UsedSession[];
  rows: readonly ReadRow[];
  now: Date;
}

const rowsOf = ({ contacts = [] }: Body): ReadRow[] =>
  contacts.map((contact, i) => ({
    row: i + 1,
    fields: typeof contact === 'string' ? { number: contact } : contact,
  }));

async function store(
  { sealer }: AnswerDeps,
  tx: DispatcherTransaction,
  { campaignId, request, sessions, rows, now }: Wanted,
): Promise<Campaign | Rejection> {
  const { tenant, plan } = request.principal;
  const body = request.body as Body;
  const pace = { messagesPerMinute: 30, burst: 1, jitter: 0.3, ...body.pace };
  const inserted = await insertCampaign(tx, sealer, {
    campaignId,
    tenant,
    plan,
    kind: 'campaign',
    name: body.name ?? '',
    correlationId: request.requestId,
    message: body.message,
    delayMs: Math.round(60_000 / pace.messagesPerMinute),
    pace,
    schedule: inUtc(body.schedule),
    maxFailurePercent: body.maxFailurePercent ?? 50,
    sessions,
    recipients: [],
    createdAt: now,
    notAfter: new Date(now.getTime() + longestCampaignMs),
  });
  // Another request with the same Idempotency-Key was faster.
  if (inserted === undefined) return reject('IDEMPOTENCY_IN_PROGRESS');
  const target = { campaignId, tenant, message: body.message, fromPosition: 0, storedProblems: 0, now };
  const { added, bad, duplicates, optedOut, nextPosition } = await takeUpRows(tx, sealer, target, rows);
  const filled = await tx
    .updateTable('campaign')
    .set({ rows: nextPosition, total: added, bad, duplicates, opted_out_rows: optedOut })
    .where('campaign_id', '=', campaignId)
    .returningAll()
    .executeTakeFirstOrThrow();
  const created = await decideOrThrow(tx, filled, { type: 'Create', campaignId, name: filled.name, total: added }, now);
  return body.start === true ? startNow(tx, created, now) : created;
}

const inUtc = (schedule: Body['schedule']): Body['schedule'] =>
  schedule?.startAt === undefined ? schedule : { ...schedule, startAt: new Date(schedule.startAt).toISOString() };

function messageRefusal({ message }: Body): Rejection | undefined {
  const broken = brokenPlaceholderOf(message);
  if (broken === undefined) return undefined;
  return reject('VALIDATION_FAILED', {
    param: 'message',
    message: `message has braces that are no placeholder, at ${broken}; write {{name}} for the column name`,
  });
}

function scheduleRefusal({ schedule }: Body): Rejection | undefined {
  if (schedule?.timeZone === undefined || isTimeZone(schedule.timeZone)) return undefined;
  return reject('VALIDATION_FAILED', {
    param: 'schedule.timeZone',
    message: 'schedule.timeZone must be an IANA time zone, such as Asia/Kolkata',
  });
}

async function usedSessions(
  { requester }: AnswerDeps,
  { principal, requestId, body }: ServiceRequest & { principal: Principal },
  wanted: readonly string[] | undefined,
): Promise<UsedSession[] | Rejection> {
  const sessions: UsedSession[] = [];
  for (const sessionId of wanted ?? [undefined]) {
    const session = await findSession(requester, { principal, requestId }, sessionId);
    if (isRejection(session)) return session;
    sessions.push(session);
  }
  const first = (body as Body).start === true ? sessionRefusal(sessions[0]!.status) : undefined;
  const isAnyUsable = sessions.some(({ status }) => sessionRefusal(status) === undefined);
  return first !== undefined && !isAnyUsable ? first : sessions;
}
