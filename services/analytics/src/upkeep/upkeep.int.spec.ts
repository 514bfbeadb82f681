import { type EraseContact, internalRequests, type RebuildStatus, type SessionEvent } from '@wam/contracts';
import { createDatabase, inTransaction, sql } from '@wam/service-kit/postgres';
import { createTestDatabase, eventually } from '@wam/testkit';
import { describe, expect, it } from 'vitest';
import { monthsOfArchive } from '../event-archive/table.ts';
import { holdProjector } from '../projecting/hold-projector.ts';
import { readPosition } from '../projecting/projector.ts';
import { applyRetention } from '../retention/apply-retention.ts';
import { bodyOf, type Harness, startHarness } from '../testing/harness.ts';
import { messageEvent, messageIdOf, privateOf, sessionIdOf, tenantA } from '../testing/histories.ts';
import { readTables } from '../testing/tables.ts';
import { holdingUpkeep } from './upkeep-lock.ts';

const reaches = ({ db }: Harness, seq: number) =>
  eventually(async () => expect(await readPosition(db)).toBeGreaterThanOrEqual(seq), { timeoutMs: 60_000 });

const march = new Date('2024-03-01T00:00:00.000Z');
const idsOf = (index: number) => ({
  sessionId: sessionIdOf(0),
  messageId: messageIdOf(index),
  waMessageId: `w${index}`,
});
const accepted = (index: number, at: string) =>
  messageEvent('MessageAccepted', at, { ...idsOf(index), acceptedAt: at, sealed: 'x' });

const erase = (harness: Harness, address: string) =>
  harness.ask(internalRequests.eraseContact, tenantA, {
    body: { tenant: tenantA, address } satisfies EraseContact,
  });
const statusOf = async (harness: Harness, projection: string): Promise<RebuildStatus> =>
  bodyOf(await harness.ask(internalRequests.rebuildStatus, tenantA, { body: { projection } }));
const startRebuild = async (harness: Harness, projection: string, check = false): Promise<boolean> =>
  bodyOf<{ started: boolean }>(
    await harness.ask(internalRequests.startRebuild, tenantA, { body: { projection, check } }),
  ).started;
const ended = (harness: Harness, projection: string): Promise<RebuildStatus> =>
  eventually(
    async () => {
      const status = await statusOf(harness, projection);
      expect(status.state).not.toBe('running');
      return status;
    },
    { timeoutMs: 60_000 },
  );
async function rebuild(harness: Harness, projection: string, check = false): Promise<RebuildStatus> {
  expect(await startRebuild(harness, projection, check)).toBe(true);
  return ended(harness, projection);
}
const isEqual = { onlyLive: 0, onlyRebuilt: 0 };

describe('a rebuild brings nothing back that goes meanwhile:', () => {
  it('until it ends nobody is erased and no month is dropped, and who asks is told to repeat it', async () => {
    await using harness = await startHarness();
    await harness.start();
    await harness.publish(accepted(1, '2024-01-10T10:00:00.000Z'));
    await reaches(harness, 1);
    const { phone } = privateOf(messageIdOf(1));
    // The rebuild waits for the last events, as behind a batch that takes long.
    await inTransaction(harness.db, async (trx) => {
      await holdProjector(trx);
      expect(await startRebuild(harness, 'messages')).toBe(true);
      expect(await erase(harness, phone)).toMatchObject({ ok: false, code: 'SERVICE_UNAVAILABLE' });
      expect(await applyRetention(harness.db, march)).toBe('busy');
    });
    await ended(harness, 'messages');
    expect(bodyOf(await erase(harness, phone))).toMatchObject({ erased: { messages: 1 } });
    expect(await applyRetention(harness.db, march)).toEqual(['2024-01']);
  });
});

describe('a rebuild', () => {
  it('is refused where the archive holds events of an earlier log, which it would lose', async () => {
    await using harness = await startHarness();
    await harness.start();
    await harness.publish(accepted(1, '2024-01-10T10:00:00.000Z'));
    await reaches(harness, 1);
    await sql`
      insert into event_log (incarnation, seq, at, subject, type, tenant, id, v, version, correlation_id, causation_id, data)
      select '2020-01-01T00:00:00Z', seq, at, subject, type, tenant, id, v, version, correlation_id, causation_id, data
      from event_log`.execute(harness.db);
    const before = await readTables(harness.db);
    const { state, detail } = await rebuild(harness, 'messages');
    expect({ state, detail }).toEqual({ state: 'failed', detail: expect.stringContaining('2020-01-01T00:00:00Z') });
    expect(await readTables(harness.db)).toEqual(before);
  });
});

describe('upkeep', () => {
  it('may take longer than a statement of an answer, and leaves its connection as it was', async () => {
    await using database = await createTestDatabase();
    const options = { schema: 'public', applicationName: 'upkeep', max: 1, statementTimeoutMs: 100 };
    const db = createDatabase({ url: database.url, ...options });
    const sleep = sql`select pg_sleep(0.3)`;
    expect(await holdingUpkeep(db, async (connection) => (await sleep.execute(connection)).rows.length)).toBe(1);
    await expect(sleep.execute(db)).rejects.toThrow('statement timeout');
    await db.destroy();
  });
});

describe('retention', () => {
  it('is finished by the next run when a process ends in the middle of it', async () => {
    await using harness = await startHarness();
    await harness.start();
    await harness.publishAll([accepted(1, '2024-01-10T10:00:00.000Z'), accepted(2, '2024-03-10T10:00:00.000Z')]);
    await reaches(harness, 2);
    // It had only noted what it was about to do.
    await sql`insert into retention (only_row, kept_from) values (true, ${march})`.execute(harness.db);
    expect(await applyRetention(harness.db, march)).toEqual(['2024-01']);
    const { rows } = await sql`select message_id from message_view where recipient <> ''`.execute(harness.db);
    expect(rows).toEqual([{ message_id: messageIdOf(2) }]);
  });

  it('takes what comes late of a dropped month too, and no restart is in its way', async () => {
    await using harness = await startHarness();
    const first = await harness.start();
    await harness.publish(accepted(1, '2024-01-10T10:00:00.000Z'));
    await reaches(harness, 1);
    expect(await applyRetention(harness.db, march)).toEqual(['2024-01']);
    // To the projector that month has its table.
    await harness.publish(accepted(2, '2024-01-10T10:00:00.000Z'));
    await reaches(harness, 2);
    await first.stop();
    await harness.start();
    await harness.publish(accepted(3, '2024-01-10T10:00:00.000Z'));
    await reaches(harness, 3);
    await applyRetention(harness.db, march);
    expect(await monthsOfArchive(harness.db)).not.toContain('2024-01');
    expect(await harness.db.selectFrom('event_log').select('seq').execute()).toEqual([]);
    const { rows } = await sql`select 1 from message_view where recipient <> ''`.execute(harness.db);
    expect(rows).toEqual([]);
    expect(await applyRetention(harness.db, march)).toEqual([]);
  });

  it('leaves a rebuild the same figures of messages and connections that lie across its border', async () => {
    await using harness = await startHarness();
    await harness.start();
    const session = (type: SessionEvent['type'], at: string, data: Record<string, unknown>): SessionEvent =>
      ({
        ...{ id: `${type}-${at}`, type, v: 1, version: 1, tenant: tenantA, at },
        ...{ correlationId: 'c', causationId: 'c', data: { sessionId: sessionIdOf(0), ...data } },
      }) as SessionEvent;
    const connected = { phone: '15551230001' };
    const history = [
      session('SessionCreated', '2024-02-01T00:00:00.000Z', { name: 'Bot', description: '', network: 'sandbox' }),
      session('SessionConnected', '2024-02-28T00:00:00.000Z', connected),
      // Told again while it lasts.
      session('SessionConnected', '2024-03-05T00:00:00.000Z', connected),
      session('SessionReconnecting', '2024-03-10T00:00:00.000Z', { cause: 'connection-lost', attempt: 1, delayMs: 1 }),
      session('SessionConnected', '2024-03-11T00:00:00.000Z', connected),
      accepted(1, '2024-02-29T23:59:59.000Z'),
      messageEvent('MessageSent', '2024-03-01T00:00:01.000Z', {
        ...idsOf(1),
        acceptedAt: '2024-02-29T23:59:59.000Z',
      }),
      // Of these nothing but a receipt is known.
      messageEvent('MessageDelivered', '2024-02-20T00:00:00.000Z', idsOf(2)),
      messageEvent('MessageDelivered', '2024-03-20T00:00:00.000Z', idsOf(3)),
    ];
    await harness.publishAll(history);
    await reaches(harness, history.length);
    expect(await applyRetention(harness.db, march)).toEqual(['2024-02']);
    const before = await readTables(harness.db);
    for (const projection of ['messages', 'sessions']) {
      const { state, differences = {} } = await rebuild(harness, projection, true);
      expect(state).toBe('finished');
      expect(differences).toEqual(Object.fromEntries(Object.keys(differences).map((table) => [table, isEqual])));
      expect((await rebuild(harness, projection)).state).toBe('finished');
    }
    expect(await readTables(harness.db)).toEqual(before);
  });
});
