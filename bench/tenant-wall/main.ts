/**
 * What row-level security costs: the same statements on the same tables, with the role for requests and without it, taking turns. Lookups as
 * requests make them, each of another tenant than the one before; batches as the projector writes them; reservations of the quota as auth makes them for
 * every message, which work as the owner: there the other side has no policies at all.
 * Environment: ROUNDS (7), LOOKUPS and RESERVATIONS (2000) and BATCHES (40, of 500 messages) a round.
 */
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plans } from '@wam/contracts';
import { startLocalPostgres } from '@wam/local-infra';
import { createDatabase, databaseOfTenant, type Kysely, migrate, sql } from '@wam/service-kit/postgres';
import type { AnalyticsTables } from '../../services/analytics/src/database.ts';
import { findMessage } from '../../services/analytics/src/message/query.ts';
import { migrations } from '../../services/analytics/src/migrations.ts';
import { createPlanCatalogue } from '../../services/auth/src/plan/plan-catalogue.ts';
import { createMessageQuota, type MessageQuota } from '../../services/auth/src/quota/reserve-messages.ts';
import { migrations as authMigrations } from '../../services/auth/src/storage/migrations.ts';
import type { AuthTables } from '../../services/auth/src/storage/schema.ts';
import { median } from '../statistics.ts';

const rounds = Number(process.env.ROUNDS ?? 7);
const lookups = Number(process.env.LOOKUPS ?? 2_000);
const reservations = Number(process.env.RESERVATIONS ?? 2_000);
const batches = Number(process.env.BATCHES ?? 40);
const perBatch = 500;
const schema = 'analytics';
const tenants = Array.from({ length: 20 }, () => randomUUID());
const sessionId = randomUUID();

const folder = await mkdtemp(join(tmpdir(), 'wam-bench-'));
await chmod(folder, 0o755);
const postgres = await startLocalPostgres({
  dataDir: join(folder, 'data'),
  logFile: join(folder, 'log'),
  durable: false,
});

async function open(name: string, walled: boolean): Promise<Kysely<AnalyticsTables>> {
  const admin = createDatabase<unknown>({ url: postgres.url, schema: 'public', applicationName: 'bench', max: 1 });
  await sql.raw(`create role ${name} login password '${name}'`).execute(admin);
  if (walled) await sql.raw(`create role ${name}_tenant; grant ${name}_tenant to ${name}`).execute(admin);
  await sql.raw(`create database ${name} owner ${name}`).execute(admin);
  await admin.destroy();
  const url = Object.assign(new URL(postgres.url), { username: name, password: name, pathname: `/${name}` }).href;
  const db = createDatabase<AnalyticsTables>({ url, schema, applicationName: 'bench', max: 1 });
  await migrate(db, { schema, migrations });
  if (walled)
    await sql
      .raw(
        `grant usage on schema ${schema} to ${name}_tenant; grant select on all tables in schema ${schema} to ${name}_tenant`,
      )
      .execute(db);
  return db;
}
async function openQuota(name: string, walled: boolean): Promise<{ quota: MessageQuota; db: Kysely<AuthTables> }> {
  const url = Object.assign(new URL(postgres.url), { username: name, password: name, pathname: `/${name}` }).href;
  const db = createDatabase<AuthTables>({ url, schema: 'auth', applicationName: 'bench', max: 1 });
  const { '0012-protect-tenants': policies, ...rest } = authMigrations;
  await migrate(db, { schema: 'auth', migrations: walled ? { ...rest, '0012-protect-tenants': policies! } : rest });
  await sql`insert into account (id, email, password_hash, username, plan, created_at)
    select id, id::text, '', '', 'enterprise', now() from unnest(${tenants}::uuid[]) id`.execute(db);
  const catalogue = createPlanCatalogue(plans, 'enterprise');
  return { quota: createMessageQuota({ db, catalogue, nowMs: Date.now }), db };
}
async function write(db: Kysely<AnalyticsTables>, from: number): Promise<void> {
  await sql`
    insert into message_view (message_id, tenant, session_id, wa_message_id, direction, kind, status, accepted_at)
    select 'msg_' || n, (${tenants}::uuid[])[1 + n % ${tenants.length}], ${sessionId}, 'w' || n, 'out', 'text', 'accepted', now()
    from generate_series(${from}::int, ${from + perBatch - 1}::int) n
    on conflict (message_id, tenant) do update set status = 'sent', sent_at = now()`.execute(db);
}

const sides = { off: await open('off', false), walled: await open('walled', true) };
const quotas = { off: await openQuota('off', false), walled: await openQuota('walled', true) };
const figures = {
  lookupUs: { off: [], walled: [] },
  messageUs: { off: [], walled: [] },
  reservationUs: { off: [], walled: [] },
} as Record<'lookupUs' | 'messageUs' | 'reservationUs', Record<'off' | 'walled', number[]>>;
let written = 0;
for (let round = 0; round <= rounds; round++) {
  for (const side of round % 2 === 0 ? (['off', 'walled'] as const) : (['walled', 'off'] as const)) {
    const db = sides[side];
    let startedMs = performance.now();
    // Every message twice: inserted, then updated.
    for (let batch = 0; batch < batches; batch++) await write(db, written + Math.floor(batch / 2) * perBatch);
    const messageUs = ((performance.now() - startedMs) * 1000) / (batches * perBatch);
    startedMs = performance.now();
    for (let i = 0; i < lookups; i++) {
      const [n, tenant] = [i % (written + perBatch), tenants[i % tenants.length]!];
      await findMessage(databaseOfTenant(db, tenant), tenant, `msg_${n}`, (view) => view as never);
    }
    const lookupUs = ((performance.now() - startedMs) * 1000) / lookups;
    startedMs = performance.now();
    for (let i = 0; i < reservations; i++)
      await quotas[side].quota.reserve({ tenant: tenants[i % tenants.length]!, count: 1 });
    const reservationUs = ((performance.now() - startedMs) * 1000) / reservations;
    if (round === 0) continue; // warms both up
    figures.reservationUs[side].push(reservationUs);
    figures.messageUs[side].push(messageUs);
    figures.lookupUs[side].push(lookupUs);
  }
  written += (batches / 2) * perBatch;
}
for (const [what, { off, walled }] of Object.entries(figures)) {
  const ratio = median(walled.map((value, i) => value / off[i]!));
  console.log(`${what}: off ${median(off).toFixed(1)}, walled ${median(walled).toFixed(1)}, ratio ${ratio.toFixed(2)}`);
}
for (const db of [...Object.values(sides), quotas.off.db, quotas.walled.db]) await db.destroy();
await postgres.stop();
await rm(folder, { recursive: true, force: true });
