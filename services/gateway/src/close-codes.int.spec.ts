/**
 * How a plain socket ends: each documented code, and what generated frames bring. `npm run test:frames` sends 10,000 of them; FUZZ_SEED repeats
 * a run.
 */
import { closeCodes, protocolCloseCodes } from '@wam/contracts';
import { VirtualClock } from '@wam/service-kit';
import { eventually } from '@wam/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connect, receivedEvent, withToken } from './testing/feed-clients.ts';
import { type FeedAccount, type FeedStage, startFeedStage } from './testing/feed-stage.ts';
import type { Harness } from './testing/harness.ts';
import { openRawSocket, type RawFrame, textFrameOf } from './testing/raw-socket.ts';

const runs = Number(process.env.FRAME_RUNS ?? 300);
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const workers = 16;

let stage: FeedStage;
let harness: Harness;
let { tenant, token, sessionId, publish, open } = {} as FeedAccount;
beforeAll(async () => {
  stage = await startFeedStage();
  harness = stage.harness;
});
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  ({ tenant, token, sessionId, publish, open } = await stage.newAccount());
});

describe('a plain socket is closed with', () => {
  test('1003 for a binary frame, and is told why', async () => {
    const client = await open();
    client.socket.send(Buffer.from('{"type":"ping"}'));
    expect(await client.closed).toBe(closeCodes.binaryFrame);
    expect(await client.frame('error')).toMatchObject({ code: 'binaryFrame' });
  });

  test('1009 for a frame of more than 16 kB, whole or in parts', async () => {
    const whole = await open();
    whole.send('x'.repeat(16 * 1024 + 1));
    expect(await whole.closed).toBe(protocolCloseCodes.tooLarge);
    const parts = await open();
    for (let n = 0; n < 20; n++) parts.socket.send('x'.repeat(1024), { fin: false });
    expect(await parts.closed).toBe(protocolCloseCodes.tooLarge);
  });

  test('1002 and 1007 for what is no WebSocket, or no text', async () => {
    const headers = { authorization: `Bearer ${token}` };
    const url = `${harness.gateway.address.replace('http', 'ws')}/ws`;
    const unmasked = await openRawSocket(url, headers);
    unmasked.send({ ...textFrameOf('{"type":"ping"}'), masked: false });
    expect(await unmasked.closed).toBe(protocolCloseCodes.protocolError);
    const latin = await openRawSocket(url, headers);
    latin.send({ head: 0x81, declared: 2, payload: Buffer.from([0xff, 0xfe]), masked: true });
    expect(await latin.closed).toBe(protocolCloseCodes.notUtf8);
  });

  test.each([
    ['not JSON', 'hello'],
    ['an unknown type', { type: 'shout' }],
    ['an unknown field', { type: 'ping', loud: true }],
    ['a session that is no id', { type: 'subscribe', sessions: ['mine'] }],
    ['a type of event that does not exist', { type: 'subscribe', types: ['message.shredded'] }],
  ])('4400 for %s', async (_what, frame) => {
    const client = await open();
    client.send(frame);
    expect(await client.closed).toBe(closeCodes.badFrame);
    expect(await client.frame('error')).toMatchObject({ code: 'VALIDATION_FAILED' });
  });

  test('4408 when no credential has come within 10 s', async () => {
    const clock = new VirtualClock(Date.now());
    const gateway = await harness.startGateway({}, { clock });
    const silent = connect(gateway.address);
    await new Promise((resolve) => silent.socket.on('open', resolve));
    await eventually(() => expect(clock.pendingTimers).toBeGreaterThan(0));
    await clock.advance(9_999);
    expect(silent.socket.readyState).toBe(silent.socket.OPEN);
    await clock.advance(1);
    expect(await silent.closed).toBe(closeCodes.authTimeout);
  });

  test('4429 for more than 120 frames in a minute', async () => {
    const client = await open();
    for (let n = 0; n < 121; n++) client.send({ type: 'ping' });
    expect(await client.closed).toBe(closeCodes.tooMany);
    expect(await client.frame('error')).toMatchObject({ code: 'RATE_LIMITED' });
  });

  test('1012 when the gateway stops', async () => {
    const gateway = await harness.startGateway();
    const client = await open({ address: gateway.address });
    await gateway.stop();
    expect(await client.closed).toBe(closeCodes.restarting);
  });

  test('1012 when the plan of the account changes, since what it may see was decided before', async () => {
    const client = await open();
    await harness.publishAccountEvent(tenant, 'PlanChanged', {
      accountId: tenant,
      plan: 'trial',
      previous: 'enterprise',
    } as never);
    expect(await client.closed).toBe(closeCodes.restarting);
  });

  test('4008 for a reader that does not read: it finds the code behind what it had been sent', async () => {
    const [slow, steady] = [await open(), await open()];
    slow.socket.pause();
    // More than the kernel takes for a socket on either side.
    for (let n = 0; n < 100; n++) await publish(receivedEvent(tenant, sessionId, 'x'.repeat(200_000)));
    await eventually(() => expect(steady.events()).toHaveLength(100));
    slow.socket.resume();
    expect(await slow.closed).toBe(closeCodes.slowReader);
    expect(slow.events().length).toBeLessThan(100);
  });

  test('1013 when the event log cannot be read', async () => {
    await open();
    await harness.nats.kill();
    try {
      const other = connect(harness.gateway.address, '/ws?after=00000000_1', withToken(token));
      expect(await other.closed).toBe(closeCodes.unavailable);
    } finally {
      await harness.nats.restart();
    }
    // Its connections come back to the bus one after the other, and who was never seen needs them all.
    await eventually(async () => (await stage.newAccount()).open());
  });
});

describe('generated frames', () => {
  const text = fc.oneof(
    fc.json({ maxDepth: 3 }),
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc
      .record({ type: fc.constantFrom('auth', 'subscribe', 'ping', 'ready', '__proto__'), token: fc.anything() })
      .map((frame) => JSON.stringify(frame) ?? ''),
    fc.constantFrom(
      '{"type":"ping"}',
      '{"type":"subscribe"}',
      '{"type":"auth","token":"x"}',
      `{"type":"subscribe","types":[${'"session.*",'.repeat(200)}"session.*"]}`,
      '{"__proto__":{"type":"ping"}}',
      '['.repeat(5_000),
    ),
  );
  const payload = fc.oneof(
    { weight: 3, arbitrary: text.map((value) => Buffer.from(value)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: fc.integer({ min: 16_000, max: 70_000 }).map((length) => Buffer.alloc(length, 'x')) },
  );
  const frame: fc.Arbitrary<RawFrame> = fc
    .record({
      head: fc.oneof(
        { weight: 4, arbitrary: fc.constant(0x81) },
        { weight: 3, arbitrary: fc.integer({ min: 0, max: 255 }) },
      ),
      payload,
      lie: fc.oneof(
        { weight: 6, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.integer({ min: -20, max: 2 ** 40 }) },
      ),
      masked: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    })
    .map(({ lie, ...rest }) => ({ ...rest, declared: Math.max(0, rest.payload.length + lie) }));
  const documented = new Set<number>([...Object.values(closeCodes), ...Object.values(protocolCloseCodes)]);

  test(`${runs} of them end with a documented code or not at all, and disturb nobody (seed ${seed})`, async () => {
    const bystander = await open();
    const url = `${harness.gateway.address.replace('http', 'ws')}/ws`;
    const inputs = fc.sample(
      fc.record({ frames: fc.array(frame, { minLength: 1, maxLength: 4 }), known: fc.boolean() }),
      {
        numRuns: runs,
        seed,
      },
    );
    const seen = new Map<number, number>();
    async function worker(): Promise<void> {
      for (let input = inputs.pop(); input !== undefined; input = inputs.pop()) {
        const socket = await openRawSocket(url, input.known ? { authorization: `Bearer ${token}` } : {});
        for (const each of input.frames) socket.send(each);
        // Whatever they did to it, the end is in sight: binary frames are not taken.
        socket.send({ head: 0x82, declared: 1, payload: Buffer.from('x'), masked: true });
        // A frame that claims to be longer than what comes would be waited for: the claim is made good.
        socket.write(Buffer.alloc(32 * 1024));
        const code = await socket.closed;
        socket.destroy();
        // 1005 and none: it asked for the end itself.
        const asked = input.frames.some(({ head }) => (head & 0x0f) === 8);
        if (code !== undefined) seen.set(code, (seen.get(code) ?? 0) + 1);
        if (!asked) expect(documented, JSON.stringify({ code, ...input })).toContain(code);
      }
    }
    await Promise.all(Array.from({ length: workers }, worker));
    // Which of them come depends on the seed; each has a specification of its own above.
    expect(seen.size).toBeGreaterThan(1);
    bystander.send({ type: 'ping' });
    await bystander.frame('pong');
    expect(harness.gateway.health().ready).toBe(true);
  }, 600_000);
});
