/**
 * A lane reserves messages of the account's daily quota some at a time, and uses them up one by one. A crash leaves at most what lanes were
 * just asking for counted and not sent: the quota is never exceeded, at worst it is used up that much earlier.
 */
import { type Kysely, sql } from 'kysely';
import { waitForQuota } from '../campaign/campaign-deadline.ts';
import { housekeepingMs, maxOutstanding, restMs } from '../pace/plan-step.ts';
import { type Campaign, readProgress, readQueued } from '../storage/campaign-row.ts';
import type { DispatcherTables } from '../storage/tables.ts';
import type { LaneRow, SenderRow } from './facts.ts';
import { releaseMessages, reserveMessages } from './reserve-messages.ts';
import type { DispatchDeps } from './step-lane.ts';

/** Even when the day ends at once, so that what was reserved can be used. */
const leastValidMs = 60_000;

export const isCreditGood = (lane: LaneRow, now: Date): boolean =>
  lane.credit > 0 && lane.credit_until !== null && now < lane.credit_until;

export async function fillCredit(
  deps: DispatchDeps,
  { lane, sender, campaign }: { lane: LaneRow; sender: SenderRow; campaign: Campaign },
  now: Date,
): Promise<void> {
  const { pending } = await readProgress(deps.database, campaign);
  const open = pending - (await readQueued(deps.database, campaign));
  if (open <= 0) {
    await setNextAt(deps.database, sender, now.getTime() + housekeepingMs);
    return;
  }
  const reserved = await reserveMessages(lane.tenant, Math.min(maxOutstanding, open), deps);
  if (reserved.granted === 0) {
    await waitForMore(deps, { sender, campaign, pending: open }, reserved.shortfall, now);
    return;
  }
  const until = Math.max(reserved.resetsAtMs ?? 0, now.getTime() + leastValidMs);
  await deps.database.transaction().execute(async (tx) => {
    await tx
      .updateTable('session_lane')
      .set({
        credit: sql`case when credit_until > ${now} then credit else 0 end + ${reserved.granted}`,
        credit_day: reserved.day ?? null,
        credit_until: new Date(until),
        next_at: sql`case when next_at is not null then least(next_at, ${now}) end`,
      })
      .where('session_id', '=', lane.session_id)
      .execute();
    // Another process may have asked meanwhile, got nothing, and put the session to rest until tomorrow.
    await tx
      .updateTable('campaign_sender')
      .set({ next_at: sql`least(next_at, ${now})` })
      .where('campaign_id', '=', sender.campaign_id)
      .where('session_id', '=', sender.session_id)
      .where('next_at', 'is not', null)
      .execute();
  });
}

export async function giveBackCredit(
  deps: DispatchDeps,
  { tenant, count, day }: { tenant: string; count: number; day: string | undefined },
): Promise<void> {
  await releaseMessages(tenant, count, day, deps);
}

/** Unless somebody put it to rest meanwhile. */
const setNextAt = (database: Kysely<DispatcherTables>, sender: SenderRow, atMs: number) =>
  database
    .updateTable('campaign_sender')
    .set({ next_at: new Date(atMs) })
    .where('campaign_id', '=', sender.campaign_id)
    .where('session_id', '=', sender.session_id)
    .where('next_at', 'is not', null)
    .execute();

/** The rest of the campaign keeps its time while it waits for the next day. */
async function waitForMore(
  deps: DispatchDeps,
  { sender, campaign, pending }: { sender: SenderRow; campaign: Campaign; pending: number },
  shortfall: { resetsAtMs: number } | 'auth-away' | undefined,
  now: Date,
): Promise<void> {
  const wait =
    typeof shortfall === 'object'
      ? waitForQuota(now.getTime(), shortfall.resetsAtMs, {
          createdAtMs: campaign.created_at.getTime(),
          notAfterMs: campaign.not_after.getTime(),
          remaining: pending,
          delayMs: campaign.delay_ms,
        })
      : { nextSendAtMs: now.getTime() + restMs, notAfterMs: campaign.not_after.getTime() };
  await deps.database.transaction().execute(async (tx) => {
    const lane = await tx
      .selectFrom('session_lane')
      .selectAll()
      .where('session_id', '=', sender.session_id)
      .forUpdate()
      .executeTakeFirstOrThrow();
    // Another process may have been given the last ones meanwhile, for this very session.
    if (!isCreditGood(lane, now)) await setNextAt(tx, sender, wait.nextSendAtMs);
  });
  await deps.database
    .updateTable('campaign')
    .set({ not_after: new Date(wait.notAfterMs) })
    .where('campaign_id', '=', campaign.campaign_id)
    .where('not_after', '<', new Date(wait.notAfterMs))
    .execute();
}
