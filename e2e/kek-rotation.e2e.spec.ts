import { randomBytes } from 'node:crypto';
import { createTestDatabase, startTestNats } from '@wam/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { runWam } from '../apps/wam/test/launched-platform.ts';
import { copiesOf, messagesOf, sendLoad } from './backup/ledger.ts';
import { linkSession, type Platform, startPlatform, temporaryFolder, until } from './platform.ts';

interface Report {
  schema: string;
  tables: { table: string; resealed: number; unreadable: number }[];
}
const newKek = () => randomBytes(32).toString('base64');
const perStage = 20;
const campaignSize = 30;

/** The steps of docs/runbooks/replace-the-kek.md. */
describe('The key of everything sealed', () => {
  const cleanUp = new AsyncDisposableStack();
  afterAll(() => cleanUp.disposeAsync());

  it('is replaced while messages are sent and sessions reconnect: none is lost, and then the former key is not needed', async () => {
    const [former, next] = [newKek(), newKek()];
    const bus = await startTestNats();
    cleanUp.defer(() => bus.stop());
    const database = await createTestDatabase();
    cleanUp.defer(() => database.drop());
    const folder = cleanUp.use(await temporaryFolder());
    const servers = { NATS_URL: bus.url, DATABASE_URL: database.url };
    const limits = { RATE_LIMIT_PLANS: 'none', RATE_LIMIT_GENERAL: '100000/1m' };
    const startUnder = (WAM_KEK: string) => startPlatform(folder.path, { ...servers, ...limits, WAM_KEK });

    const sessions: string[] = [];
    const sent = new Map<string, string[]>();
    let stages = 0;
    /** That each message arrived once. */
    const checks: ((client: Platform['client']) => Promise<void>)[] = [];
    const campaign = Array.from({ length: campaignSize }, (_, index) => `9198123470${String(index).padStart(2, '0')}`);
    /** Sends from every session, and somebody answers; `meanwhile` is done while it goes on. */
    async function use(platform: Platform, stage: string, meanwhile = async () => {}): Promise<void> {
      const { client, ready } = platform;
      stages += 1;
      const lines = sessions.map((sessionId, index) => ({ sessionId, recipients: `91981234${stages}${index}` }));
      const load = sendLoad(client, lines, `${stage} `);
      await meanwhile();
      await until('messages', async () => lines.every(({ sessionId }) => load.accepted(sessionId).length >= perStage));
      await load.stop();
      for (const line of lines) {
        const { sessionId } = line;
        const texts = load.accepted(sessionId).map((_, index) => `${stage} ${sessionId} ${index}`);
        sent.set(sessionId, [...(sent.get(sessionId) ?? []), ...texts]);
        checks.push(async (now) =>
          expect(await copiesOf(now, line, texts.length)).toEqual(new Map(texts.map((text) => [text, 1]))),
        );
      }
      const before = (await client.getSession({ params: { sessionId: ready.sessionId } })).messagesReceived;
      await client.simulateIncomingMessage({ body: { from: '919876550099', to: ready.phone, message: stage } });
      await until('the answer is told', async () => {
        const { messagesReceived } = await client.getSession({ params: { sessionId: ready.sessionId } });
        return messagesReceived === before + 1;
      });
      const { events } = await client.listEvents({ query: { type: 'message.received' } });
      expect(events.map(({ data }) => (data as { text: string | null }).text)).toContain(stage);
    }
    const rotate = async (WAM_KEK: string): Promise<Report[]> => {
      const { stdout } = await runWam(['keys', 'rotate-kek', '--json'], { ...servers, WAM_KEK });
      return JSON.parse(stdout) as Report[];
    };
    const sumOf = (reports: Report[], count: 'resealed' | 'unreadable') =>
      reports.flatMap(({ tables }) => tables).reduce((sum, table) => sum + table[count], 0);

    // First everybody can read the next key, and nobody seals with it.
    const first = await startUnder(`${former},${next}`);
    sessions.push(first.ready.sessionId, (await linkSession(first.client)).sessionId);
    await use(first, 'one');
    const body = { sessionId: sessions[0]!, contacts: campaign, message: 'to all', delay: 200 };
    await first.client.bulkSend({ body }, { headers: { prefer: 'respond-async' } });
    await first.stop();

    // Then all seal with it, and what is stored follows.
    const second = await startUnder(`${next},${former}`);
    await use(second, 'two', async () => {
      const rotating = rotate(`${next},${former}`);
      for (const sessionId of sessions) {
        const { phone } = await second.client.getSession({ params: { sessionId } });
        await second.client.injectFault({ body: { phone: phone!, kind: 'disconnect', code: 428 } });
      }
      const report = await rotating;
      expect(sumOf(report, 'resealed')).toBeGreaterThan(1_600);
      expect(sumOf(report, 'unreadable')).toBe(0);
      // Whoever has the new key alone would count a row that is left under the former one as unreadable.
      const again = await rotate(next);
      expect([sumOf(again, 'resealed'), sumOf(again, 'unreadable')]).toEqual([0, 0]);
      expect(again.map(({ schema }) => schema)).toEqual(['auth', 'engine', 'dispatcher', 'analytics', 'webhooks']);
    });
    await second.stop();

    await using last = await startUnder(next);
    const { client } = last;
    expect(last.ready.sessionId).toBe(sessions[0]);
    await use(last, 'three');
    const all = [...sent.values()].flat().length + campaignSize;
    await until('every message is read', async () => {
      const { totals } = await client.getMessageStats();
      return totals.read === all && totals.total === all;
    });
    for (const check of checks) await check(client);
    for (const sessionId of sessions) {
      const listed = (await messagesOf(client, sessionId)).map(({ text }) => text);
      expect(listed.filter((text) => text !== 'to all')).toEqual(sent.get(sessionId));
    }
    for (const number of campaign)
      expect((await client.getInbox({ params: { number } })).messages).toMatchObject([{ text: 'to all', copies: 1 }]);
    const { events: codes } = await client.listEvents({ query: { type: 'session.qr' } });
    expect(codes).toHaveLength(sessions.length);
  });
});
