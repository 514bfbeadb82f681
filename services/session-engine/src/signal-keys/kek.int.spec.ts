import { randomBytes } from 'node:crypto';
import { messageSealPurpose } from '@wam/contracts';
import { ConfigError, configuredSealer, Secret, type Service } from '@wam/service-kit';
import { resealAll } from '@wam/service-kit/postgres';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineSealed } from '../database/sealed-columns.ts';
import { type Harness, startHarness } from '../test-support/engine-harness.ts';

const newKek = () => randomBytes(32).toString('base64');
const sealerOf = (kek: string, others = '') =>
  configuredSealer(
    { WAM_KEK: new Secret(kek), WAM_OTHER_KEKS: new Secret(others) },
    { purposesWithOwnKey: [messageSealPurpose] },
  );

describe('The key-encryption key', () => {
  const me = '15551340001';
  const friend = '15551340002';
  let harness: Harness;
  let sessionId: string;
  let first: Service;
  beforeAll(async () => {
    harness = await startHarness();
    first = await harness.startEngine();
    sessionId = await harness.pair(me);
  });
  afterAll(() => harness[Symbol.asyncDispose]());
  /** Taking a session over raises its epoch. */
  const snapshot = () => harness.db.selectFrom('wa_session').select(['id', 'owner_epoch']).execute();
  const isSent = async (text: string) =>
    expect(await (await harness.send(sessionId, friend, { text })).reply).toMatchObject({ ok: true });

  it('that is wrong ends the start in words that help, and touches nothing', async () => {
    const before = await snapshot();
    const start = harness.startEngine({ WAM_KEK: newKek() });
    await expect(start).rejects.toThrow(ConfigError);
    await expect(start).rejects.toThrow(/WAM_KEK: does not open the data of schema engine.*WAM_OTHER_KEKS/);
    expect(await snapshot()).toEqual(before);
    await isSent('still here');
  });

  it('is replaced while messages come and go: none is lost, and in the end the former key opens nothing', async () => {
    const former = harness.env.WAM_KEK;
    const next = newKek();
    await first.stop();
    const engine = await harness.startEngine({ WAM_KEK: next, WAM_OTHER_KEKS: former });
    await harness.untilSession(sessionId, 'SessionConnected', 2);
    const sending: Promise<void>[] = [];
    const written: string[] = [];
    for (let n = 0; n < 30; n++) {
      sending.push(isSent(`during ${n}`));
      written.push(harness.sandbox.sendMessage({ from: friend, to: me, text: `hi ${n}`, owner: harness.tenant }).id);
      if (n === 10) sending.push(rotate());
    }
    async function rotate(): Promise<void> {
      const reports = await resealAll(harness.db, engineSealed, sealerOf(next, former));
      expect(reports.map(({ unreadable }) => unreadable)).toEqual([0, 0, 0]);
      expect(reports.find(({ table }) => table === 'signal_key')?.resealed).toBeGreaterThan(800);
    }
    await Promise.all(sending);
    await eventually(async () => {
      const events = await harness.read('message', sessionId);
      const received = events.filter(({ type }) => type === 'MessageReceived').map(({ data }) => data);
      expect(new Set(received.map((data) => (data as { waMessageId: string }).waMessageId))).toEqual(new Set(written));
    });
    await engine.stop();

    // What nobody could open any more would show here.
    const again = await resealAll(harness.db, engineSealed, sealerOf(next));
    expect(again).toMatchObject(
      ['wa_session', 'signal_key', 'outbound'].map((table) => ({ table, resealed: 0, unreadable: 0 })),
    );
    await harness.startEngine({ WAM_KEK: next });
    await harness.untilSession(sessionId, 'SessionConnected', 3);
    await isSent('under the new key');
    expect(harness.inbox(friend).filter(({ copies }) => copies > 1)).toEqual([]);
    expect(harness.inbox(friend)).toHaveLength(32);
    await expect(harness.startEngine({ WAM_KEK: former })).rejects.toThrow(ConfigError);
  });

  it('that is missing for some rows is told by the rotation, which leaves them and the mark as they are', async () => {
    const reports = await resealAll(harness.db, engineSealed, sealerOf(newKek()));
    expect(reports.find(({ table }) => table === 'wa_session')).toEqual({
      table: 'wa_session',
      resealed: 0,
      unreadable: 1,
    });
    await isSent('not harmed');
  });
});
