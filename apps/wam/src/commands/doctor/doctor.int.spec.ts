import { randomBytes } from 'node:crypto';
import { authMigrations } from '@wam/auth';
import { defaultPartitionCount, leaseBucket, messageSealPurpose, streams } from '@wam/contracts';
import { type Clock, createSealer, Secret, systemClock } from '@wam/service-kit';
import { authorizationFile, connectNats, createPublisher, ensureStreams, openBucket } from '@wam/service-kit/nats';
import { createDatabase, migrateSealed, type RawBuilder, sql } from '@wam/service-kit/postgres';
import { engineMigrations } from '@wam/session-engine/migrations';
import { createTestDatabase, findFreePort, startTestNats, type TestDatabase, type TestNats } from '@wam/testkit';
import { webhooksMigrations } from '@wam/webhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examine } from './doctor.ts';
import { judgeEngines } from './examine-engines.ts';

const kek = randomBytes(32);
const WAM_KEK = kek.toString('base64');
let nats: TestNats;
let empty: TestNats;
let guarded: TestNats;
let database: TestDatabase;
let url: string;

beforeAll(async () => {
  [nats, empty, guarded, database] = await Promise.all([
    startTestNats(),
    startTestNats(),
    startTestNats({ configuration: authorizationFile(() => ({ password: 'secret' })) }),
    createTestDatabase(),
  ]);
  const nc = await connectNats({ url: nats.url, name: 'spec' });
  await ensureStreams(nc);
  await openBucket(nc, leaseBucket);
  await nc.close();
  const owner = createDatabase<unknown>({ url: database.url, schema: 'auth', applicationName: 'spec' });
  await migrateSealed(owner, { schema: 'auth', migrations: authMigrations, sealer: createSealer({ kek }) });
  await owner.destroy();
  url = await database.asRole('auth');
});
afterAll(async () => {
  await Promise.all([nats?.stop(), empty?.stop(), guarded?.stop(), database?.drop()]);
  for (const other of others) await other.drop();
});

/** What the doctor says is wrong. Each with what to do. */
async function complaints(env: Record<string, string>, clock?: Clock): Promise<string[]> {
  const findings = (
    await examine({ WAM_DATA_DIR: '/nonexistent', NATS_URL: nats.url, DATABASE_URL: url, WAM_KEK, ...env }, clock)
  ).filter(({ state }) => state !== 'ok');
  for (const { remedy, about } of findings) expect(remedy, about).toBeTruthy();
  return findings.map(({ state, about }) => `${state} ${about}`);
}
/** Of the small installation of this specification: no engine, one schema, and the server of this machine. */
const usual = (all: readonly string[]) =>
  all.filter((each) => !/^warning (bus version|engines|schema (engine|dispatcher|analytics|webhooks))$/.test(each));

const others: TestDatabase[] = [];
/** An installation of its own with one thing wrong, looked at as its administrator. */
async function brokenBy(statement: RawBuilder<unknown>): Promise<{ DATABASE_URL: string }> {
  const other = await createTestDatabase();
  others.push(other);
  const sealer = createSealer({ kek });
  const schemas = {
    auth: authMigrations,
    engine: engineMigrations(defaultPartitionCount),
    webhooks: webhooksMigrations,
  };
  for (const [schema, migrations] of Object.entries(schemas)) {
    await using owner = createDatabase<unknown>({ url: other.url, schema, applicationName: 'spec', max: 1 });
    await migrateSealed(owner, { schema, migrations, sealer });
  }
  await using owner = createDatabase<unknown>({ url: other.url, schema: 'public', applicationName: 'spec', max: 1 });
  await statement.execute(owner);
  return { DATABASE_URL: other.url };
}

describe('the doctor', () => {
  it('finds nothing wrong where nothing is', async () => {
    expect(usual(await complaints({}))).toEqual([]);
  });

  it('tells a bus that does not answer', async () => {
    expect(usual(await complaints({ NATS_URL: `nats://127.0.0.1:${await findFreePort()}` }))).toEqual(['fault bus']);
  });

  it('tells a bus that refuses the user, and a user who may not look', async () => {
    expect(usual(await complaints({ NATS_URL: guarded.url }))).toEqual(['fault bus']);
    const gateway = { NATS_URL: guarded.url, NATS_USER: 'gateway', NATS_PASSWORD: 'secret' };
    expect(usual(await complaints(gateway))).toEqual(['fault bus']);
  });

  it('tells a bus that is nearly full', async () => {
    const configuration = `accounts { A { jetstream { max_file: 2000000 }, users: [{ user: operator, password: secret }] } }\n`;
    await using small = await startTestNats({ configuration });
    const access = { NATS_URL: small.url, NATS_USER: 'operator', NATS_PASSWORD: 'secret' };
    const nc = await connectNats({ url: small.url, name: 'spec', user: 'operator', pass: new Secret('secret') });
    await ensureStreams(nc);
    await openBucket(nc, leaseBucket);
    expect(usual(await complaints(access))).toEqual([]);
    await createPublisher(nc).publish('evt.session.ten.ses', new Uint8Array(1_700_000), { msgId: 'large' });
    await nc.close();
    expect(usual(await complaints(access))).toEqual(['warning room of all streams']);
  });

  it('asks the monitoring port of each server for the limit of its store, and tells one that nobody has set', async () => {
    const { port } = new URL(`http://127.0.0.1:${await findFreePort()}`);
    await using chosen = await startTestNats({ configuration: `http: "127.0.0.1:${port}"\n` });
    const monitored = { NATS_MONITOR_URL: `http://127.0.0.1:${port}/` };
    const ofServers = (all: readonly string[]) => all.filter((each) => /(store|disk) of http/.test(each));
    expect(ofServers(await complaints(monitored)).filter((each) => each.includes('store'))).toEqual([]);
    await chosen.stop();
    expect(ofServers(await complaints(monitored))).toEqual([`warning store of http://127.0.0.1:${port}`]);
    await expect(complaints({ NATS_MONITOR_URL: 'nats-0:8222' })).rejects.toThrow('NATS_MONITOR_URL');
  });

  it('tells streams that nobody prepared', async () => {
    const missing = ['CMD', 'EVT', 'DLQ', 'KV_leases'].map((name) => `fault stream ${name}`);
    expect(usual(await complaints({ NATS_URL: empty.url }))).toEqual(missing);
  });

  it('tells a stream with other settings', async () => {
    const nc = await connectNats({ url: empty.url, name: 'spec' });
    await ensureStreams(nc, { commandsPerSubject: 7 });
    await openBucket(nc, leaseBucket);
    await nc.close();
    expect(usual(await complaints({ NATS_URL: empty.url }))).toEqual(['fault stream CMD']);
  });

  it('tells a database that does not answer, and one that refuses the role', async () => {
    const away = Object.assign(new URL(url), { port: String(await findFreePort()) }).href;
    const refused = Object.assign(new URL(url), { password: 'wrong' }).href;
    for (const DATABASE_URL of [away, refused])
      expect(usual(await complaints({ DATABASE_URL }))).toContain('fault database');
  });

  it('tells a role that no row-level security binds', async () => {
    expect(usual(await complaints({ DATABASE_URL: database.url }))).toContain('warning database role');
  });

  it('tells a key that does not open what is there', async () => {
    const other = randomBytes(32).toString('base64');
    expect(usual(await complaints({ WAM_KEK: other }))).toContain('fault schema auth');
  });

  it('tells tables of an earlier release, and of a later one', async () => {
    const broken = await brokenBy(sql`delete from auth.kysely_migration where name like '0011-%'`);
    expect(usual(await complaints(broken))).toEqual(['warning database role', 'warning schema auth']);
    const later = await brokenBy(sql`insert into auth.kysely_migration values ('9999-later', 'now')`);
    expect(usual(await complaints(later))).toEqual(['warning database role', 'warning schema auth']);
  });

  it('tells a role that may not see every schema', async () => {
    await using other = await createTestDatabase();
    await using owner = createDatabase<unknown>({ url: other.url, schema: 'auth', applicationName: 'spec' });
    await migrateSealed(owner, { schema: 'auth', migrations: authMigrations, sealer: createSealer({ kek }) });
    await sql`create schema engine`.execute(owner);
    await sql`create table engine.kysely_migration (name text)`.execute(owner);
    expect(usual(await complaints({ DATABASE_URL: await other.asRole('auth') }))).toContain('fault schema engine');
  });

  it('tells who stands still before the log', async () => {
    const another = await brokenBy(sql`insert into auth.checkpoint values ('sessions', 'of another log', 0)`);
    expect(usual(await complaints(another))).toEqual(['warning database role', 'fault reading of auth']);
  });

  it('tells what nobody does in time', async () => {
    const stuck = await brokenBy(
      sql`insert into auth.outbox (event_id, subject, event, created_at) values ('a', 'b', 'c', now() - interval '1 hour')`,
    );
    expect(usual(await complaints(stuck))).toEqual(['warning database role', 'fault account events']);
    const late = await brokenBy(sql`insert into engine.outbound
      (message_id, tenant, session_id, pool, partition, wa_message_id, state, sealed, accepted_at, not_after, correlation_id)
      values ('m', gen_random_uuid(), gen_random_uuid(), 'sandbox', 1, 'w', 'waiting', '', now(), now() - interval '1 hour', 'c')`);
    expect(usual(await complaints(late))).toEqual(['warning database role', 'fault messages']);
  });

  it('tells deliveries that nobody makes, unless their webhook is paused or its receiver is away', async () => {
    const overdue = (status: string, failingSince: string | null) => sql`
      with hook as (
        insert into webhooks.webhook (id, tenant, url, description, event_types, ordered, mode, sealed_secret, header_names, sealed_headers,
          status, failing_since, created_at, updated_at)
        values ('wh_1', gen_random_uuid(), 'https://example.com', '', '{}', false, 'live', '', '{}', '',
          ${status}, ${failingSince}, now(), now())
        returning id, tenant
      )
      insert into webhooks.delivery
        (webhook_id, id, tenant, event_id, type, sealed_body, ordered, status, created_at, next_attempt_at)
      select id, 'dlv_1', tenant, 'e', 't', '', false, 'pending', now(), now() - interval '1 hour' from hook`;
    const late = ['warning database role', 'fault deliveries'];
    expect(usual(await complaints(await brokenBy(overdue('active', null))))).toEqual(late);
    for (const statement of [overdue('paused', null), overdue('active', new Date().toISOString())])
      expect(usual(await complaints(await brokenBy(statement)))).toEqual(['warning database role']);
  });

  it('tells a database that has no room for more connections', async () => {
    const full = await brokenBy(
      sql`do $$ begin execute format('alter database %I connection limit 1', current_database()); end $$`,
    );
    expect(usual(await complaints(full))).toEqual(['warning database role', 'warning database connections']);
  });

  it('tells a machine whose clock is wrong', async () => {
    const late: Clock = { ...systemClock, now: () => systemClock.now() - 10_000 };
    expect(usual(await complaints({}, late))).toEqual(['warning clocks']);
  });

  it('tells sessions of a pool that no engine serves', async () => {
    const orphaned =
      await brokenBy(sql`insert into engine.wa_session (id, tenant, pool, partition, network, name, status)
      values (gen_random_uuid(), gen_random_uuid(), 'sandbox-acme', 1, 'sandbox', 'x', 'connected')`);
    expect(usual(await complaints(orphaned))).toEqual(['warning database role', 'fault sessions of pool sandbox-acme']);
  });

  it('tells partitions without an owner, and engines that are silent', () => {
    const partition = (owner: string | null) => ({ partition: 1, owner, epoch: 1, sessions: 0, connected: 0 });
    const member = (state: 'up' | 'silent') => ({ member: 'm', state, partitions: 1, sessions: 0, connected: 0 });
    const states = (pool: Parameters<typeof judgeEngines>[0][number]) => judgeEngines([pool]).map(({ state }) => state);
    expect(states({ pool: 'p', members: [member('up')], partitions: [partition('m')] })).toEqual(['ok']);
    expect(states({ pool: 'p', members: [member('up')], partitions: [partition(null)] })).toEqual(['fault']);
    expect(states({ pool: 'p', members: [], partitions: [partition('m')] })).toEqual(['fault']);
    expect(states({ pool: 'p', members: [member('up'), member('silent')], partitions: [partition('m')] })).toEqual([
      'ok',
      'warning',
    ]);
  });

  it('tells until when gateways need a former message key', async () => {
    const [former, next] = [randomBytes(32), kek];
    const nc = await connectNats({ url: nats.url, name: 'spec' });
    const publisher = createPublisher(nc);
    const store = (msgId: string, data: object) =>
      publisher.publish('evt.message.ten.ses', JSON.stringify({ data }), { msgId });
    const sealedUnder = (key: Buffer, id: string) => {
      const sealer = createSealer({ kek: key, purposesWithOwnKey: [messageSealPurpose] });
      return { sealed: sealer.seal({ tenant: 'ten', purpose: messageSealPurpose, id }, '{}').toString('base64') };
    };
    const says = async (now: number) => {
      const clock: Clock = { ...systemClock, now: () => now };
      const env = {
        WAM_DATA_DIR: '/nonexistent',
        NATS_URL: nats.url,
        DATABASE_URL: url,
        WAM_KEK,
        FEED_RETENTION: '1h',
      };
      const findings = await examine(env, clock);
      return findings.find(({ about }) => about === 'message keys')?.says;
    };
    expect(await says(Date.now())).toContain('are under WAM_KEK');
    for (let i = 0; i < 5; i++) await store(`former-${i}`, i % 2 === 0 ? sealedUnder(former, `f${i}`) : {});
    for (let i = 0; i < 5; i++) await store(`next-${i}`, i % 2 === 0 ? sealedUnder(next, `n${i}`) : {});
    await nc.close();
    expect(await says(Date.now())).toContain('gateways need its message key until');
    expect(await says(Date.now() + 2 * 3_600_000)).toContain('no former message key any more');
  });

  // Last: they stay.
  it('tells dead letters', async () => {
    const nc = await connectNats({ url: nats.url, name: 'spec' });
    await createPublisher(nc).publish(`${streams.deadLetters.name.toLowerCase()}.sandbox.1.t.s`, '{}', { msgId: 'a' });
    await nc.close();
    expect(usual(await complaints({}))).toEqual(['warning dead letters']);
  });
});
