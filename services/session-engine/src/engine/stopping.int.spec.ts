import { streams } from '@wam/contracts';
import { readSubject } from '@wam/service-kit/nats';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from '../test-support/engine-harness.ts';
import { spawnEngine } from '../test-support/spawn-engine.ts';

describe('An engine that is told to stop', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness();
  });
  afterEach(() => harness[Symbol.asyncDispose]());

  it('ends once what it was sending is acknowledged, without waiting for its grace to be over', async () => {
    // Beyond what its process would wait for.
    await using engine = await spawnEngine({ ...harness.env, SHUTDOWN_GRACE: '60s' });
    const sessionId = await harness.pair('15551300001');
    const sent = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        harness.send(sessionId, '15551300002', { text: `n ${n}`, withoutReply: true }),
      ),
    );
    const stop = await engine.terminate();
    expect(stop.exitCode).toBe(0);
    // Each is either sent and recorded, or still waiting; none was written without its end being told.
    const recorded = (await harness.read('message', sessionId)).filter(({ type }) => type === 'MessageSent');
    const arrived = harness.sandbox.ledger(harness.tenant).filter(({ to }) => to.startsWith('15551300002'));
    expect(recorded).toHaveLength(arrived.length);
    expect(sent.length).toBeGreaterThanOrEqual(recorded.length);
  });

  it('leaves commands that it could not store any more to its successor', async () => {
    await using engine = await spawnEngine(harness.env);
    const sessionId = await harness.pair('15551300005');
    // More than it stores in one go: the rest is in its hands when the database connection closes.
    const sending = Promise.all(
      Array.from({ length: 900 }, (_, n) =>
        harness.send(sessionId, '15551300006', { text: `n ${n}`, withoutReply: true }),
      ),
    );
    const stop = await engine.terminate();
    await sending.catch(() => undefined);
    expect(stop.exitCode).toBe(0);
    const dead = await readSubject(harness.nc, { stream: streams.deadLetters.name, subject: 'dlq.>' });
    expect(dead).toHaveLength(0);
  });

  it('ends although the bus has gone', async () => {
    await using engine = await spawnEngine(harness.env);
    await harness.pair('15551300003');
    await harness.nats.kill();
    const stop = await engine.terminate();
    expect(stop.exitCode).toBe(0);
  });

  it('ends with the process that started it', async () => {
    await using engine = await spawnEngine(harness.env);
    await harness.pair('15551300004');
    expect((await engine.orphan()).exitCode).toBe(0);
  });
});
