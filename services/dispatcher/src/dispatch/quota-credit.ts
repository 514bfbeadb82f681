/**
 * A lane holds messages of the account's daily quota, some at a time, and uses them up one by one. It writes down what it was granted; auth is told
 * with each question how much that is, and takes back what it had counted beyond: an answer that nobody heard costs nothing.
 */
import type { HeldMessages } from '@wam/contracts';
import { type Kysely, sql } from 'kysely';
import { waitForQuota } from '../campaign/campaign-deadline.ts';
import { housekeepingMs, maxOutstanding, restMs } from '../pace/plan-step.ts';
import { type Campaign, readProgress, readQueued } from '../storage/campaign-row.ts';
import type { DispatcherTables } from '../storage/tables.ts';
import type { LaneRow, SenderRow } from './facts.ts';
import { holdMessages } from './hold-messages.ts';
import type { DispatchDeps } from './step-lane.ts';

/** Even when the day ends at once, so that what was reserved can be used. */
const leastValidMs = 60_000;
const tellAgainMs = 5000;

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
  const asked = await askedAgain(deps.database, lane.session_id);
  const held = await holdMessages({ ...holdOf(asked), more: Math.min(maxOutstanding, open) }, deps);
  if (held === 'overtaken') return;
  if (held === 'auth-away' || held.granted === 0) {
    if (held !== 'auth-away') await owesNothing(deps.database, asked);
    await waitForMore(deps, { sender, campaign, pending: open }, held, now);
    return;
  }
  const { day, granted } = held;
  const until = Math.max(Date.parse(held.resetsAt), now.getTime() + leastValidMs);
  await deps.database.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('session_lane')
      .set({
        credit: sql`case when credit_day = ${day} then credit else 0 end + ${granted}`,
        credit_held: sql`case when credit_day = ${day} then credit_held else 0 end + ${granted}`,
        credit_day: day,
        credit_until: new Date(until),
        credit_owed: false,
        next_at: sql`case when next_at is not null then least(next_at, ${now}) end`,
      })
      .where('session_id', '=', lane.session_id)
      .where('credit_revision', '=', asked.credit_revision)
      .executeTakeFirst();
    // Somebody asked after us: that answer counts, and ours is given back by the question.
    if (numUpdatedRows === 0n) return;
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

type Held = Pick<LaneRow, 'session_id' | 'tenant' | 'credit_revision' | 'credit_day' | 'credit_held'>;

/** Until the answer is written down it may be that auth counts messages which nobody here knows of. */
const askedAgain = (database: Kysely<DispatcherTables>, sessionId: string): Promise<Held> =>
  database
    .updateTable('session_lane')
    .set({ credit_revision: sql`credit_revision + 1`, credit_owed: true })
    .where('session_id', '=', sessionId)
    .returning(['session_id', 'tenant', 'credit_revision', 'credit_day', 'credit_held'])
    .executeTakeFirstOrThrow();

const holdOf = ({ session_id, tenant, credit_revision, credit_day, credit_held }: Held) => ({
  tenant,
  holder: session_id,
  revision: credit_revision,
  ...(credit_day !== null && { kept: { day: credit_day, count: credit_held } }),
});

export const owesCredit = (lane: LaneRow): boolean => lane.credit > 0 || lane.credit_owed;

/** What the lane does not need goes back. Until auth has heard of it, it is told again. */
export async function layDownCredit(tx: Kysely<DispatcherTables>, lane: LaneRow, now: Date): Promise<Held> {
  return tx
    .updateTable('session_lane')
    .set({
      credit: 0,
      credit_held: sql`credit_held - credit`,
      credit_revision: sql`credit_revision + 1`,
      credit_owed: true,
      next_at: new Date(now.getTime() + tellAgainMs),
    })
    .where('session_id', '=', lane.session_id)
    .returning(['session_id', 'tenant', 'credit_revision', 'credit_day', 'credit_held'])
    .executeTakeFirstOrThrow();
}

export async function giveBackCredit(deps: DispatchDeps, held: Held): Promise<void> {
  const told = await holdMessages({ ...holdOf(held), more: 0 }, deps);
  if (told !== 'auth-away') await owesNothing(deps.database, held);
}

/** Unless somebody has asked since. */
const owesNothing = (database: Kysely<DispatcherTables>, { session_id, credit_revision }: Held) =>
  database
    .updateTable('session_lane')
    .set({ credit_owed: false })
    .where('session_id', '=', session_id)
    .where('credit_revision', '=', credit_revision)
    .execute();

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
  held: HeldMessages | 'auth-away',
  now: Date,
): Promise<void> {
  const wait =
    typeof held === 'object'
      ? waitForQuota(now.getTime(), Date.parse(held.resetsAt), {
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
