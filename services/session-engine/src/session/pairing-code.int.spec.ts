import { randomUUID } from 'node:crypto';
import type { Service } from '@wam/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from '../test-support/engine-harness.ts';

describe('A pairing code', () => {
  let harness: Harness;
  let engine: Service;
  beforeAll(async () => {
    harness = await startHarness();
    engine = await harness.startEngine();
  });
  afterAll(() => harness[Symbol.asyncDispose]());
  const ask = (sessionId: string, phone: string) =>
    harness.ask('requestPairingCode', sessionId, harness.tenant, { body: { phone } });
  async function codeFor(sessionId: string, phone: string): Promise<{ code: string; expiresAt: string }> {
    const reply = await ask(sessionId, phone);
    if (!reply.ok) throw new Error(reply.code);
    return reply.body as { code: string; expiresAt: string };
  }
  async function createSession(): Promise<string> {
    const sessionId = randomUUID();
    await harness.create(sessionId);
    return sessionId;
  }

  it('links the phone that it is typed on', async () => {
    const phone = '15551230031';
    const sessionId = await createSession();
    const { code, expiresAt } = await codeFor(sessionId, phone);
    expect(code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(100_000);
    await harness.sandbox.enterPairingCode({ phone, code, owner: harness.tenant });
    await harness.untilSession(sessionId, 'SessionConnected');
    const { reply } = await harness.send(sessionId, '15551230032');
    expect(await reply).toMatchObject({ ok: true });
    expect(await ask(sessionId, phone)).toMatchObject({ ok: false, code: 'SESSION_ALREADY_CONNECTED' });
    expect(JSON.stringify(await harness.read('session', sessionId))).not.toContain(code.slice(0, 4));
  });

  it('stays the same while it is good, whoever asks at the same moment', async () => {
    const sessionId = await createSession();
    const codes = await Promise.all(Array.from({ length: 5 }, () => codeFor(sessionId, '15551230033')));
    expect(new Set(codes.map(({ code }) => code)).size).toBe(1);
    expect((await codeFor(sessionId, '15551230034')).code).not.toBe(codes[0]?.code);
  });

  it('that nobody typed does not stand in the way of the next connection', async () => {
    const phone = '15551230035';
    const sessionId = await createSession();
    const first = await codeFor(sessionId, phone);
    await engine.stop();
    await harness.startEngine();
    const second = await codeFor(sessionId, phone);
    expect(second.code).not.toBe(first.code);
    await harness.sandbox.enterPairingCode({ phone, code: second.code, owner: harness.tenant });
    await harness.untilSession(sessionId, 'SessionConnected');
  });
});
