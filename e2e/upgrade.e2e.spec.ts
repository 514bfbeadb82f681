import { createClient } from '@wam/client';
import { streams } from '@wam/contracts';
import { configuredSealer, Secret } from '@wam/service-kit';
import { connectNats, ensureStreams, streamState } from '@wam/service-kit/nats';
import { createDatabase, createMarkTable, inTransaction, loadDump, migrate, sql } from '@wam/service-kit/postgres';
import { createTestDatabase, startTestNats } from '@wam/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { readPieces } from '../apps/wam/src/backup/backup-folder.ts';
import { migrationsOf, schemas } from '../apps/wam/src/backup/installation.ts';
import { parseManifest, tableFile } from '../apps/wam/src/backup/manifest.ts';
import { restore } from '../apps/wam/src/backup/restore.ts';
import { examine } from '../apps/wam/src/commands/doctor/doctor.ts';
import { findingsText } from '../apps/wam/src/commands/doctor/finding.ts';
import { rebuild } from '../apps/wam/src/commands/rebuild.ts';
import { startPlatform, temporaryFolder, until } from './platform.ts';
import { describeSchema } from './upgrade/describe-schema.ts';
import { backupOf, copySurroundings, keptReleases, manifestOf, readKept } from './upgrade/kept-release.ts';

/** Nothing here may depend on today: what is kept grows old. */
describe.each(keptReleases())('An installation of release %s', (release) => {
  const cleanUp = new AsyncDisposableStack();
  afterAll(() => cleanUp.disposeAsync());
  const kept = readKept(release);
  const backup = backupOf(release);
  const manifest = parseManifest(manifestOf(release));

  async function newDatabase(): Promise<string> {
    const database = await createTestDatabase();
    cleanUp.defer(() => database.drop());
    return database.url;
  }
  async function open(url: string, schema = 'public') {
    return cleanUp.use(createDatabase<unknown>({ url, schema, applicationName: 'upgrade', max: 1 }));
  }
  /** What 90 days do. */
  async function emptyLog(url: string): Promise<void> {
    const bus = await connectNats({ url, name: 'upgrade' });
    await ensureStreams(bus, { eventsMaxBytes: 1 });
    expect(await streamState(bus, streams.events.name)).toMatchObject({ messages: 0 });
    await ensureStreams(bus);
    await bus.close();
  }
  /** As an installation of today begins. */
  async function freshTables(): Promise<string> {
    const url = await newDatabase();
    for (const [schema, migrations] of migrationsOf) {
      const db = await open(url, schema);
      await migrate(db, { schema, migrations });
      await createMarkTable(db);
    }
    return url;
  }

  it.each([
    ['is', false],
    ['whose log has forgotten everything is', true],
  ])('%s taken over by this one: tables, sessions, messages and figures, and goes on', async (_, isLogEmpty) => {
    const bus = await startTestNats();
    cleanUp.defer(() => bus.stop());
    const databaseUrl = await newDatabase();
    const folder = cleanUp.use(await temporaryFolder());
    copySurroundings(release, folder.path);
    const env = {
      NATS_URL: bus.url,
      DATABASE_URL: databaseUrl,
      WAM_DATA_DIR: folder.path,
      WAM_KEK: kept.kek,
      WEBHOOK_ALLOW: '127.0.0.1',
    };
    await restore(backup, env);
    if (isLogEmpty) await emptyLog(bus.url);
    expect(findingsText(await examine(env))).toContain('schema engine: is of an earlier release');
    const takenOverAt = new Date().toISOString();
    await using platform = await startPlatform(folder.path, env);
    const { client, ready } = platform;
    const { sessionId } = kept;

    expect(await describeSchema(databaseUrl, schemas)).toEqual(await describeSchema(await freshTables(), schemas));
    expect(findingsText(await examine(env))).not.toContain('earlier release');

    expect(ready.sessionId).toBe(sessionId);
    const session = await client.getSession({ params: { sessionId } });
    expect(session).toMatchObject({ status: 'connected', hasQR: false, messagesSent: kept.totals.sent });
    const codes = (await client.listEvents({ query: { type: 'session.qr' } })).events;
    expect(codes.filter(({ timestamp }) => timestamp > takenOverAt)).toEqual([]);

    const messages: unknown[] = [];
    for await (const { messageId, to, text, status, timeline } of client.all.listMessages({}))
      messages.push({ messageId, to, text, status, timeline });
    expect(messages).toEqual(kept.messages);
    const byKey = createClient({ baseUrl: platform.url, token: kept.key });
    expect((await byKey.listMessages({})).data).toHaveLength(kept.messages.length);
    expect((await client.listWebhooks()).webhooks).toHaveLength(1);
    const db = await open(databaseUrl);
    const { total: __, ...totals } = kept.totals;
    for (const table of ['message_counter', 'message_rollup where span_minutes = 60']) {
      const { rows } =
        await sql`select sum(sent)::int4 as sent, sum(delivered)::int4 as delivered, sum(read)::int4 as read,
        sum(failed)::int4 as failed from analytics.${sql.raw(table)}`.execute(db);
      expect(rows, table).toEqual([totals]);
    }
    // Each event of the archive is read again by the rules of today.
    for (const projection of ['messages', 'sessions', 'campaigns'])
      expect(await rebuild(projection, { check: true }, env)).toContain('equal to its rebuild');

    const today = (await client.getMessageStats({ query: { days: 1 } })).totals;
    const [{ to } = { to: null }] = kept.messages;
    const { messageId } = await client.sendMessage({ params: { sessionId }, body: { to: to!, message: 'goes on' } });
    await client.bulkSend({ body: { sessionId, contacts: [to!], message: 'to all again' } });
    await client.simulateIncomingMessage({ body: { from: to!, to: ready.phone, message: 'and back' } });
    const isRead = async () => (await client.getMessage({ params: { messageId } })).status === 'read';
    await until('the new message is read', isRead);
    const counted = async () =>
      (await client.getMessageStats({ query: { days: 1 } })).totals.total === today.total + 2 &&
      (await client.getSession({ params: { sessionId } })).messagesReceived === session.messagesReceived + 1;
    await until('all is counted', counted);
    const { messages: inbox } = await client.getInbox({ params: { number: to! } });
    expect(inbox.filter(({ copies }) => copies > 1)).toEqual([]);
    const formerTexts = kept.messages.filter((message) => message.to === to).map(({ text }) => text);
    expect(inbox.map(({ text }) => text).toSorted()).toEqual([...formerTexts, 'goes on', 'to all again'].toSorted());
  });

  it('runs on the tables of this one, as a way back: they take every row that it writes', async () => {
    const url = await freshTables();
    const contracted = [...migrationsOf.values()]
      .flatMap((all) => Object.keys(all))
      .filter((name) => /^\d+-contract-/.test(name));
    // Once there is one, `migrate` refuses the release before, and this rule holds for later ones.
    expect(contracted).toEqual([]);
    const db = await open(url);
    await inTransaction(db, (trx) =>
      loadDump(trx, {
        // The newest tables, with the rows and columns of then.
        dump: { ...manifest.database, schemas: manifest.database.schemas.map((each) => ({ ...each, migrations: [] })) },
        migrations: migrationsOf,
        sealer: configuredSealer({ WAM_KEK: new Secret(kept.kek) }),
        linesOf: (table) => readPieces(backup, tableFile(table)),
      }),
    );
    const { columns = {} } = await describeSchema(url, schemas);
    for (const { schema, table, columns: known } of manifest.database.tables.filter(({ partition }) => !partition)) {
      const of = Object.keys(columns).filter((name) => name.startsWith(`${schema}.${table}.`));
      const names = of.map((name) => name.slice(`${schema}.${table}.`.length));
      expect(names, `${schema}.${table}`).toEqual(expect.arrayContaining(known));
      // It fills in those that it knows.
      const added = of.filter((name) => !known.includes(name.split('.')[2]!));
      expect(added.filter((name) => columns[name]?.trimEnd().endsWith('not null'))).toEqual([]);
    }
  });
});
