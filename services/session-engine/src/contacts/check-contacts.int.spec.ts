import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from '../test-support/engine-harness.ts';

describe('Numbers', () => {
  let harness: Harness;
  let sessionId: string;
  const me = '15551230021';
  beforeAll(async () => {
    harness = await startHarness();
    await harness.startEngine();
    sessionId = await harness.pair(me);
  });
  afterAll(() => harness[Symbol.asyncDispose]());
  const check = (numbers: string[], of = sessionId) =>
    harness.ask('checkContacts', of, harness.tenant, { query: { numbers: numbers.join() } });
  const lookups = () =>
    Object.entries(harness.sandbox.stanzas().received)
      .filter(([shape]) => /usync/.test(shape))
      .reduce((sum, [, count]) => sum + count, 0);

  it('are checked in one query, each once', async () => {
    const before = lookups();
    const numbers = ['15551230022', '19990000003', '15551230023', '15551230022'];
    const answer = await check(numbers);
    expect(answer).toEqual({
      ok: true,
      status: 200,
      body: {
        results: [
          { number: '15551230022', onWhatsApp: true, lid: expect.stringMatching(/^\d+$/) },
          { number: '19990000003', onWhatsApp: false },
          { number: '15551230023', onWhatsApp: true, lid: expect.stringMatching(/^\d+$/) },
        ],
      },
    });
    expect(await check(numbers)).toEqual(answer);
    expect(lookups() - before).toBe(1);
  });

  it('are not judged while WhatsApp is silent', async () => {
    harness.sandbox.injectFault({ kind: 'silent-lookups', phone: me });
    expect(await check(['15551230029'])).toMatchObject({ ok: false, code: 'SERVICE_UNAVAILABLE' });
    harness.sandbox.clearFaults();
    expect(await check(['15551230029'])).toMatchObject({ ok: true, body: { results: [{ onWhatsApp: true }] } });
  });

  it('cannot be checked through a session that is not connected, or is not there', async () => {
    const unlinked = randomUUID();
    await harness.create(unlinked);
    expect(await check(['15551230022'], unlinked)).toMatchObject({ ok: false, code: 'SESSION_NOT_CONNECTED' });
    expect(await check(['15551230022'], randomUUID())).toMatchObject({ ok: false, code: 'SESSION_NOT_FOUND' });
  });
});
