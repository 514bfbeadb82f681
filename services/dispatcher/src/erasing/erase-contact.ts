/**
 * Takes number and values of one contact out of the lists of an account. A recipient that waits is left out when its turn comes; whoever is on the
 * suppression list stays on it by the print of the number, which cannot be turned back.
 */
import type { ContactErased, EraseContact } from '@wam/contracts';
import { unnestRows } from '@wam/service-kit/postgres';
import { type Kysely, sql } from 'kysely';
import type { ContactSealer } from '../storage/contact-sealer.ts';
import { contactContext, messageContext, problemContext, suppressionContext } from '../storage/seal-contexts.ts';
import type { DispatcherTables } from '../storage/tables.ts';

export interface ErasingDeps {
  database: Kysely<DispatcherTables>;
  sealer: ContactSealer;
}

export async function eraseContact(deps: ErasingDeps, request: EraseContact): Promise<ContactErased> {
  const { recipients, underWay } = await eraseRecipients(deps, request);
  const listRows = await eraseListRows(deps, request);
  const suppressions = await eraseSuppression(deps, request);
  return { erased: { recipients, 'list-rows': listRows, suppressions }, underWay };
}

/** What a session has been handed stays as it is until its outcome is known: it may have to be handed on under the same id. */
async function eraseRecipients({ database, sealer }: ErasingDeps, { tenant, address }: EraseContact) {
  const found = await database
    .selectFrom('campaign_recipient')
    .select(['campaign_id', 'position'])
    .where('tenant', '=', tenant)
    .where('contact_hash', '=', sealer.fingerprint(tenant, address))
    .execute();
  const rows = found.map(({ campaign_id, position }) => ({
    campaign_id,
    position,
    contact: sealer.seal(contactContext(tenant, campaign_id, position), ''),
  }));
  const columns = { campaign_id: 'text', position: 'int4', contact: 'bytea' } as const;
  const { numAffectedRows = 0n } = await sql`
    update campaign_recipient as recipient
    set contact = blank.contact, contact_hash = null, values = null, erased = true
    from ${unnestRows(columns, rows, 'blank')}
    where recipient.campaign_id = blank.campaign_id and recipient.position = blank.position
      and recipient.state not in ('reserved', 'queued')`.execute(database);
  await eraseTexts({ database, sealer }, tenant, [...new Set(found.map(({ campaign_id }) => campaign_id))]);
  const recipients = Number(numAffectedRows);
  return { recipients, underWay: rows.length - recipients };
}

/** A text that was for erased contacts only is theirs. What is still being prepared is for others, who come. */
async function eraseTexts({ database, sealer }: ErasingDeps, tenant: string, campaignIds: readonly string[]) {
  if (campaignIds.length === 0) return;
  const rows = campaignIds.map((campaign_id) => ({
    campaign_id,
    message: sealer.seal(messageContext(tenant, campaign_id), ''),
  }));
  await sql`
    update campaign set message = blank.message
    from ${unnestRows({ campaign_id: 'text', message: 'bytea' }, rows, 'blank')}
    where campaign.campaign_id = blank.campaign_id and campaign.status not in ('draft', 'scheduled')
      and not exists (
        select from campaign_recipient as recipient where recipient.campaign_id = campaign.campaign_id
          and recipient.position < campaign.rows and not recipient.erased)`.execute(database);
}

const pageSize = 1_000;

/** Rows of uploaded lists that are no recipients: as they were written, so they are opened and looked into. */
async function eraseListRows({ database, sealer }: ErasingDeps, { tenant, address }: EraseContact): Promise<number> {
  let erased = 0;
  for (let after: [string, number] = ['', -1]; ; ) {
    const page = await database
      .selectFrom('campaign_problem')
      .select(['campaign_id', 'ordinal', 'value'])
      .where('tenant', '=', tenant)
      .where(sql<boolean>`(campaign_id, ordinal) > (${after[0]}, ${after[1]}::int4)`)
      .orderBy('campaign_id')
      .orderBy('ordinal')
      .limit(pageSize)
      .execute();
    const last = page.at(-1);
    if (last === undefined) return erased;
    after = [last.campaign_id, last.ordinal];
    const rows = page
      .filter(({ campaign_id: campaignId, ordinal, value }) =>
        digitsOf(sealer.open(problemContext(tenant, campaignId, ordinal), value).toString()).includes(
          digitsOf(address),
        ),
      )
      .map(({ campaign_id, ordinal }) => ({
        campaign_id,
        ordinal,
        value: sealer.seal(problemContext(tenant, campaign_id, ordinal), ''),
      }));
    const columns = { campaign_id: 'text', ordinal: 'int4', value: 'bytea' } as const;
    await sql`
      update campaign_problem as problem set value = blank.value
      from ${unnestRows(columns, rows, 'blank')}
      where problem.campaign_id = blank.campaign_id and problem.ordinal = blank.ordinal`.execute(database);
    erased += rows.length;
  }
}

/** `+91 98765-43210` in a list is the same number. */
const digitsOf = (text: string): string => text.replaceAll(/\D/g, '');

async function eraseSuppression({ database, sealer }: ErasingDeps, { tenant, address }: EraseContact): Promise<number> {
  const hash = sealer.fingerprint(tenant, address);
  const context = suppressionContext(tenant, hash);
  const entry = await database
    .selectFrom('suppression')
    .select('number')
    .where('tenant', '=', tenant)
    .where('contact_hash', '=', hash)
    .executeTakeFirst();
  if (entry === undefined || sealer.open(context, entry.number).length === 0) return 0;
  const { numUpdatedRows } = await database
    .updateTable('suppression')
    .set({ number: sealer.seal(context, '') })
    .where('tenant', '=', tenant)
    .where('contact_hash', '=', hash)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}
