import { randomBytes } from 'node:crypto';
import { leaseBucket, streams } from '@wam/contracts';
import { createSealer } from '@wam/service-kit';
import { authorizationFile, connectNats, createPublisher, ensureStreams, openBucket } from '@wam/service-kit/nats';
import { createDatabase, migrateSealed } from '@wam/service-kit/postgres';
import { createTestDatabase, findFreePort, startTestNats, type TestDatabase, type TestNats } from '@wam/testkit';
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
  await migrateSealed(owner, { schema: 'auth', migrations: {}, sealer: createSealer({ kek }) });
  await owner.destroy();
  url = await database.asRole('auth');
});
afterAll(async () => {
  await Promise.all([nats?.stop(), empty?.stop(), guarded?.stop(), database?.drop()]);
});

/** What the doctor says is wrong. Each with what to do. */
async function complaints(env: Record<string, string>): Promise<string[]> {
  const findings = (
    await examine({ WAM_DATA_DIR: '/nonexistent', NATS_URL: nats.url, DATABASE_URL: url, WAM_KEK, ...env })
  ).filter(({ state }) => state !== 'ok');
  for (const { remedy, about } of findings) expect(remedy, about).toBeTruthy();
  return findings.map(({ state, about }) => `${state} ${about}`);
}
/** Of the small installation of this specification: no engine, one schema, and the server of this machine. */
const usual = (all: readonly string[]) =>
  all.filter((each) => !/^warning (bus version|engines|schema (engine|dispatcher|analytics|webhooks))$/.test(each));

describe('the doctor', () => {
  it('finds nothing wrong where nothing is', async () => {
    expect(usual(await complaints({}))).toEqual([]);
  });

  it('tells a bus that does not answer', async () => {
    expect(usual(await complaints({ NATS_URL: `nats://127.0.0.1:${await findFreePort()}` }))).toEqual(['fault bus']);
  });

  it('tells a bus that refuses the user', async () => {
    expect(usual(await complaints({ NATS_URL: guarded.url }))).toEqual(['fault bus']);
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

  it('tells dead letters', async () => {
    const nc = await connectNats({ url: nats.url, name: 'spec' });
    await createPublisher(nc).publish(`${streams.deadLetters.name.toLowerCase()}.sandbox.1.t.s`, '{}', { msgId: 'a' });
    await nc.close();
    expect(usual(await complaints({}))).toEqual(['warning dead letters']);
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
});
