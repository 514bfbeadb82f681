import { type EraseContact, internalRequests, type RebuildStatus } from '@wam/contracts';
import { sql } from '@wam/service-kit/postgres';
import { eventually } from '@wam/testkit';
import { describe, expect, it } from 'vitest';
import { readPosition } from '../projecting/projector.ts';
import { applyRetention } from '../retention/apply-retention.ts';
import { bodyOf, type Harness, startHarness } from '../testing/harness.ts';
import { generateHistory, messageEvent, messageIdOf, privateOf, sessionIdOf, tenantA } from '../testing/histories.ts';
import { readTables, recount } from '../testing/tables.ts';

const seed = Date.now() & 0x7fffffff;

const reaches = ({ db }: Harness, seq: number) =>
  eventually(async () => expect(await readPosition(db)).toBeGreaterThanOrEqual(seq), { timeoutMs: 20_000 });

const start = async (harness: Harness, projection: string, check: boolean) =>
  bodyOf<{ started: boolean }>(
    await harness.ask(internalRequests.startRebuild, tenantA, { body: { projection, check } }),
  ).started;

const ended = (harness: Harness, projection: string) =>
  eventually(
    async () => {
      const status = bodyOf<RebuildStatus>(
        await harness.ask(internalRequests.rebuildStatus, tenantA, { body: { projection } }),
      );
      if (status.state === 'running') throw new Error(`at ${status.seq} of ${status.targetSeq}`);
      return status;
    },
    { timeoutMs: 20_000 },
  );

async function rebuild(harness: Harness, projection: string, check = false): Promise<RebuildStatus> {
  expect(await start(harness, projection, check)).toBe(true);
  return ended(harness, projection);
}

const noDifference = { onlyLive: 0, onlyRebuilt: 0 };
async function expectNoDifferences(harness: Harness): Promise<void> {
  for (const projection of ['messages', 'sessions', 'campaigns']) {
    const { state, differences = {} } = await rebuild(harness, projection, true);
    expect(state).toBe('finished');
    for (const [table, found] of Object.entries(differences))
      expect({ table, ...found }).toEqual({ table, ...noDifference });
    expect(Object.keys(differences)).not.toEqual([]);
  }
}

describe('a rebuild', () => {
  it(`replaces damaged tables by what the archive says, while events go on coming (seed ${seed})`, async () => {
    await using harness = await startHarness();
    await harness.start();
    const history = generateHistory(seed, 300);
    const half = history.length >> 1;
    await harness.publishAll(history.slice(0, half));
    await reaches(harness, half);
    await sql`delete from message_view where ctid in (select ctid from message_view limit 20)`.execute(harness.db);
    await sql`update message_counter set sent = sent + 7`.execute(harness.db);
    await sql`update session_view set status = 'error'`.execute(harness.db);
    // Events of damaged messages meanwhile make it worse; the rebuild knows only the log.
    const rebuildBoth = async () => [await rebuild(harness, 'messages'), await rebuild(harness, 'sessions')];
    const [, rebuilt] = await Promise.all([harness.publishAll(history.slice(half)), rebuildBoth()]);
    expect(rebuilt).toMatchObject([{ state: 'finished' }, { state: 'finished' }]);
    await reaches(harness, history.length);
    await expectNoDifferences(harness);
    expect(await recount(harness.db)).toEqual((await readTables(harness.db)).counters);
  });

  it('that only checks counts the differences and leaves the tables alone', async () => {
    await using harness = await startHarness();
    await harness.start();
    const history = generateHistory(seed, 60);
    await harness.publishAll(history);
    await reaches(harness, history.length);
    await sql`update message_view set status = 'read' where message_id = (
      select message_id from message_view where status <> 'read' order by message_id limit 1)`.execute(harness.db);
    const damaged = await readTables(harness.db);
    const { differences } = await rebuild(harness, 'messages', true);
    expect(differences).toMatchObject({
      message_view: { onlyLive: 1, onlyRebuilt: 1 },
      message_counter: noDifference,
    });
    expect(await readTables(harness.db)).toEqual(damaged);
  });

  it('is one at a time, whichever process is asked; what does not exist is not rebuilt', async () => {
    await using harness = await startHarness();
    await harness.start();
    await harness.start();
    await harness.publishAll(generateHistory(seed, 40));
    const started = await Promise.all(Array.from({ length: 6 }, () => start(harness, 'messages', true)));
    expect(started.filter(Boolean)).toHaveLength(1);
    expect((await ended(harness, 'messages')).state).toBe('finished');
    expect(
      await harness.ask(internalRequests.startRebuild, tenantA, { body: { projection: 'contacts', check: true } }),
    ).toMatchObject({
      ok: false,
      message: 'There is no projection contacts; choose one of messages, sessions, campaigns',
    });
  });
});

describe('erasing a contact', () => {
  it('takes number and text out of view and archive, for good, and changes no figure', async () => {
    await using harness = await startHarness();
    await harness.start();
    const history = generateHistory(seed, 80);
    await harness.publishAll(history);
    await reaches(harness, history.length);
    const ids = { sessionId: sessionIdOf(0), messageId: messageIdOf(9_999), waMessageId: 'w' };
    const at = '2024-01-08T23:50:00.000Z';
    await harness.publish(messageEvent('MessageAccepted', at, { ...ids, acceptedAt: at, sealed: 'x' }));
    const incoming = { ...ids, messageId: messageIdOf(100_009_999), receivedAt: at, offline: false, sealed: 'x' };
    await harness.publish(messageEvent('MessageReceived', at, { ...incoming, kind: 'text' }));
    await reaches(harness, history.length + 2);
    // Both messages are of one contact: its number is made of the last digits of the ids.
    const { phone } = privateOf(ids.messageId);
    expect(privateOf(incoming.messageId).phone).toBe(phone);
    const before = await readTables(harness.db);

    expect(
      bodyOf(
        await harness.ask(internalRequests.eraseContact, tenantA, {
          body: { tenant: tenantA, address: phone } satisfies EraseContact,
        }),
      ),
    ).toEqual({ erased: { messages: 2 }, underWay: 0 });

    // What comes later for the message does not bring it back.
    await harness.publish(
      messageEvent('MessageFailed', at, { ...ids, acceptedAt: at, sealed: 'x', code: 'SEND_FAILED', reason: 'r' }),
    );
    await reaches(harness, history.length + 3);
    const message = bodyOf(await harness.ask('getMessage', tenantA, { params: { messageId: ids.messageId } }));
    expect(message).toMatchObject({ to: '', text: '', status: 'failed' });
    const { rows } = await sql`select 1 from event_log
      where data->>'messageId' in (${ids.messageId}, ${incoming.messageId}) and type <> 'MessageFailed'
      and data->>'sealed' <> ''`.execute(harness.db);
    expect(rows).toEqual([]);
    expect((await readTables(harness.db)).totals).toEqual(before.totals);
    await expectNoDifferences(harness);
  });
});

describe('retention', () => {
  it('drops months of the archive and blanks their messages; figures stay, and a rebuild makes the same tables', async () => {
    await using harness = await startHarness();
    await harness.start();
    // The generated history begins on 2024-01-08; its repeats reach into the day after.
    const history = generateHistory(seed, 100);
    const ids = { sessionId: sessionIdOf(0), messageId: messageIdOf(9_999), waMessageId: 'w' };
    const recent = '2024-03-05T10:00:00.000Z';
    await harness.publishAll(history);
    await harness.publish(messageEvent('MessageAccepted', recent, { ...ids, acceptedAt: recent, sealed: 'x' }));
    await reaches(harness, history.length + 1);
    const before = await readTables(harness.db);

    expect(await applyRetention(harness.db, new Date('2024-03-01T00:00:00.000Z'))).toEqual(['2024-01']);
    expect(await applyRetention(harness.db, new Date('2024-03-01T00:00:00.000Z'))).toEqual([]);

    const kept = await sql<{ message_id: string }>`select message_id from message_view where recipient <> ''`.execute(
      harness.db,
    );
    expect(kept.rows).toEqual([{ message_id: ids.messageId }]);
    const after = await readTables(harness.db);
    expect({ ...after, messages: [] }).toEqual({ ...before, messages: [] });
    expect((await rebuild(harness, 'messages')).state).toBe('finished');
    await expectNoDifferences(harness);
    expect(await readTables(harness.db)).toEqual(after);
  });
});
