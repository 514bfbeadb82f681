import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createOpenMessage } from '@wam/public-events';
import { createSilentLogger } from '@wam/service-kit';
import { connectNats, ensureStreams } from '@wam/service-kit/nats';
import { sql } from '@wam/service-kit/postgres';
import { eventually, startTestNats } from '@wam/testkit';
import { describe, expect, it } from 'vitest';
import { loadAnalyticsConfig } from '../config.ts';
import { createAnalytics } from '../create-analytics.ts';
import { bodyOf, type Harness, startHarness } from '../testing/harness.ts';
import { generateHistory, messageEvent, messageIdOf, sessionIdOf, tenantA } from '../testing/histories.ts';
import { readTables, recount, recountCampaignMessages, recountRollups } from '../testing/tables.ts';
import { readPosition } from './projector.ts';
import { replayArchive } from './replay-archive.ts';

const seed = Date.now() & 0x7fffffff;
/** `npm run soak:projections` takes 100,000. */
const messages = Number(process.env.MESSAGES ?? 300);
/** Of one generated history; a larger log is made of several. */
const historyLength = 500;

const reaches = ({ db }: Harness, seq: number, timeoutMs = 20_000) =>
  eventually(async () => expect(await readPosition(db)).toBeGreaterThanOrEqual(seq), { timeoutMs });
const archivedEvents = async ({ db }: Harness): Promise<number[]> =>
  (await db.selectFrom('event_log').select('seq').orderBy('seq').execute()).map(({ seq }) => seq);
const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

/** Replays the archive beside the live tables and compares everything, row by row; recounts the counters from the messages. */
async function expectRebuildEqualsLive(harness: Harness, maxBatch: number): Promise<void> {
  const [log] = await harness.db.selectFrom('event_log').select('incarnation').distinct().execute();
  const target = await harness.tablesBeside(`rebuilt_${maxBatch}`);
  await replayArchive({
    archive: harness.db,
    target,
    open: createOpenMessage(harness.sealer),
    incarnation: log?.incarnation ?? '',
    fromSeq: 1,
    toSeq: Number.MAX_SAFE_INTEGER,
    maxBatch,
  });
  const live = await readTables(harness.db);
  expect(await readTables(target)).toEqual(live);
  expect(await recount(harness.db)).toEqual(live.counters);
  expect(await recountCampaignMessages(harness.db)).toEqual(live.campaignCounters);
  expect(await recountRollups(harness.db)).toEqual(live.rollups);
}

describe('the projector', () => {
  it(`archives every event once, and a rebuild from the archive equals the live tables (${messages} messages, seed ${seed})`, {
    timeout: 120_000 + messages * 20,
  }, async () => {
    await using harness = await startHarness();
    await harness.start();
    let published = 0;
    for (let first = 0; first < messages; first += historyLength) {
      const history = generateHistory(seed + first, Math.min(historyLength, messages - first), first);
      await harness.publishAll(history);
      published += history.length;
      await reaches(harness, published);
    }
    expect(await archivedEvents(harness)).toEqual(upTo(published));
    // Sizes of batches must not matter: one event each would, if a fold looked beyond its own rows.
    if (messages <= historyLength) await expectRebuildEqualsLive(harness, 7);
    await expectRebuildEqualsLive(harness, 2_000);
  });

  it('continues behind its checkpoint after a restart, counting nothing twice', async () => {
    await using harness = await startHarness();
    const history = generateHistory(seed, 120);
    const half = history.length >> 1;
    const first = await harness.start();
    await harness.publishAll(history.slice(0, half));
    await reaches(harness, half);
    await first.stop();
    await harness.publishAll(history.slice(half));
    await harness.start();
    await reaches(harness, history.length);
    expect(await archivedEvents(harness)).toEqual(upTo(history.length));
    await expectRebuildEqualsLive(harness, 500);
  });

  it('loses and repeats nothing when its process is killed at any moment', async () => {
    await using harness = await startHarness();
    const history = generateHistory(seed, 150);
    const upToPart = (part: number): number => Math.floor((history.length * part) / 6);
    await harness.publishAll(history.slice(0, upToPart(1)));
    for (let kill = 1; kill <= 4; kill++) {
      // Of what is behind this kill only a part is in the log: however late the kill comes, the process is not at the end of the history.
      await harness.publishAll(history.slice(upToPart(kill), upToPart(kill + 1)));
      // Small batches, so that the kill falls among many transactions.
      await using child = startProcess(harness, { ANALYTICS_BATCH: '5' });
      // Only the time of the whole is limited: eight copies at once on two cores take a minute to start a process.
      await reaches(harness, upToPart(kill), 280_000);
      await child.kill();
    }
    await harness.publishAll(history.slice(upToPart(5)));
    await harness.start();
    await reaches(harness, history.length);
    expect(await archivedEvents(harness)).toEqual(upTo(history.length));
    await expectRebuildEqualsLive(harness, 500);
  }, 300_000);

  it('goes on by itself when Postgres ends its connections or NATS restarts', async () => {
    await using harness = await startHarness();
    const service = await harness.start();
    const history = generateHistory(seed, 150);
    const third = Math.floor(history.length / 3);
    await harness.publishAll(history.slice(0, third));
    await reaches(harness, third);
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'wam-analytics'`.execute(
      harness.db,
    );
    await harness.publishAll(history.slice(third, 2 * third));
    await reaches(harness, 2 * third);
    await harness.nats.kill();
    await harness.nats.restart();
    await harness.publishAll(history.slice(2 * third));
    await reaches(harness, history.length);
    expect(service.health().ready).toBe(true);
    await expectRebuildEqualsLive(harness, 500);
  });

  it('starts before the stream exists and waits for it', async () => {
    await using harness = await startHarness();
    await using empty = await startTestNats();
    await using service = createAnalytics(loadAnalyticsConfig({ ...harness.env, NATS_URL: empty.url }), {
      logger: createSilentLogger(),
    });
    await service.start();
    await eventually(() => expect(service.health().ready).toBe(false));
    const nc = await connectNats({ url: empty.url, name: 'late' });
    await ensureStreams(nc);
    await eventually(() => expect(service.health().ready).toBe(true));
    await nc.close();
  });
});

const lockHolders = async ({ db }: Harness): Promise<number> =>
  (
    await sql`select 1 from pg_locks where locktype = 'advisory' and granted
    and database = (select oid from pg_database where datname = current_database())`.execute(db)
  ).rows.length;

describe('several processes', () => {
  it('share the work: one projects, the other answers what was just written, and takes over', async () => {
    await using harness = await startHarness();
    const first = await harness.start();
    const second = await harness.start();
    expect(second.health().ready).toBe(true);
    expect(await lockHolders(harness)).toBe(1);
    const accepted = (index: number) => {
      const ids = { sessionId: sessionIdOf(0), messageId: messageIdOf(index), waMessageId: 'w' };
      return messageEvent('MessageAccepted', new Date().toISOString(), {
        ...ids,
        acceptedAt: new Date().toISOString(),
        sealed: 'x',
      });
    };
    const isVisible = async (index: number) => {
      await harness.publish(accepted(index));
      const params = { messageId: messageIdOf(index) };
      expect(bodyOf(await harness.ask('getMessage', tenantA, { params }))).toMatchObject(params);
    };
    // The queue group spreads the questions over both; each must see the write of the moment before.
    for (let i = 0; i < 40; i++) await isVisible(i);
    await first.stop();
    for (let i = 40; i < 60; i++) await isVisible(i);
    expect(await archivedEvents(harness)).toEqual(upTo(60));
  });
});

describe('the projector stops, not ready, and writes nothing more', () => {
  const halted = async (harness: Harness, env: Record<string, string> = {}) => {
    const service = createAnalytics(loadAnalyticsConfig({ ...harness.env, ...env }), { logger: createSilentLogger() });
    await service.start();
    await eventually(() => expect(service.health().detail ?? '').toContain('halted'));
    expect(service.health().ready).toBe(false);
    await service.stop();
  };
  const projected = async (harness: Harness, events: number) => {
    const service = await harness.start();
    const history = generateHistory(seed, 40).slice(0, events);
    await harness.publishAll(history);
    await reaches(harness, history.length);
    await service.stop();
    return readTables(harness.db);
  };

  it('when the log is another one of the same name', async () => {
    await using harness = await startHarness();
    const before = await projected(harness, 50);
    await using other = await startTestNats();
    const nc = await connectNats({ url: other.url, name: 'other' });
    await ensureStreams(nc);
    await halted(harness, { NATS_URL: other.url });
    await nc.close();
    expect(await readTables(harness.db)).toEqual(before);
  });

  it('when the log ends before the checkpoint', async () => {
    await using harness = await startHarness();
    const before = await projected(harness, 50);
    await harness.db.updateTable('checkpoint').set({ seq: 51 }).execute();
    await halted(harness);
    expect(await readTables(harness.db)).toEqual(before);
  });

  it('when another projector moves the checkpoint', async () => {
    await using harness = await startHarness();
    await projected(harness, 50);
    const service = await harness.start();
    await harness.db.updateTable('checkpoint').set({ seq: 20 }).execute();
    const before = await readTables(harness.db);
    await harness.publishAll(
      generateHistory(seed, 60)
        .slice(-20)
        .map((event) => ({ ...event, id: `more-${event.id}` })),
    );
    await eventually(() => expect(service.health().detail ?? '').toContain('another projector is active'));
    expect(service.health().ready).toBe(false);
    expect(await readTables(harness.db)).toEqual(before);
  });
});

const program = fileURLToPath(new URL('../testing/run-analytics.ts', import.meta.url));

function startProcess(harness: Harness, env: Record<string, string>): AsyncDisposable & { kill(): Promise<void> } {
  const child: ChildProcess = spawn(process.execPath, [program], {
    env: { ...process.env, ...harness.env, ...env },
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
  };
  return { kill, [Symbol.asyncDispose]: kill };
}
