import { randomUUID } from 'node:crypto';
import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from '../test-support/engine-harness.ts';

const count = 20;
/**
 * A question for a code waits ten seconds for one by itself: there is time for several. Twenty times 812 prekeys are made, sealed and stored, as fast as
 * the machine can beside what else it does: nothing tells of it but the end.
 */
const asLongAsItTakes = { timeoutMs: 60_000 };

describe('Twenty phones at once', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
    await harness.startEngine();
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  async function created(): Promise<string> {
    const sessionId = randomUUID();
    await harness.create(sessionId);
    return sessionId;
  }
  /** Each is linked to its own phone, sends, and has its prekeys on the server and in the database. */
  async function expectLinked(links: readonly { sessionId: string; phone: string }[], recipient: string) {
    await Promise.all(
      links.map(({ sessionId }) =>
        eventually(async () => expect(await harness.typesOf(sessionId)).toContain('SessionConnected'), asLongAsItTakes),
      ),
    );
    const replies = await Promise.all(
      links.map(async ({ sessionId, phone }) => (await harness.send(sessionId, recipient, { text: phone })).reply),
    );
    expect(replies.every(({ ok }) => ok)).toBe(true);
    const inbox = harness.inbox(recipient);
    expect(inbox.map(({ from, text }) => `${from} ${text}`).sort()).toEqual(
      links.map(({ phone }) => `${phone} ${phone}`),
    );
    const status = harness.sandbox.linkedPhones(harness.tenant);
    for (const { phone, sessionId } of links) {
      const linked = status.find((each) => each.phone === phone);
      // One is used up by the recipient's device, at most.
      expect(linked?.devices[0]?.preKeys).toBeGreaterThan(810);
      const stored = harness.db.selectFrom('signal_key').select('id').where('session_id', '=', sessionId);
      expect(await stored.where('type', '=', 'pre-key').execute()).toHaveLength(812);
    }
  }

  async function byQr(phone: string) {
    const sessionId = await created();
    // Twenty at once can take longer than the look that waits for a code.
    const qr = await eventually(async () => {
      const { qrCode } = await harness.qr(sessionId);
      expect(qrCode).not.toBeNull();
      return qrCode!;
    }, asLongAsItTakes);
    await harness.sandbox.scanQr({ qr, phone, owner: harness.tenant });
    return { sessionId, phone };
  }
  async function byCode(phone: string) {
    const sessionId = await created();
    // A code ends with the connection that offered it, and on a busy machine that may be over before it is typed: whoever links a phone asks again.
    await eventually(async () => {
      const reply = await harness.ask('requestPairingCode', sessionId, harness.tenant, { body: { phone } });
      if (!reply.ok) throw new Error(reply.code);
      const { code } = reply.body as { code: string };
      await harness.sandbox.enterPairingCode({ phone, code, owner: harness.tenant });
    }, asLongAsItTakes);
    return { sessionId, phone };
  }

  it(
    'are linked, half of them by QR code and half by pairing code, each to its own session',
    async () => {
      const phones = Array.from({ length: count }, (_, n) => String(15551350001 + n));
      const links = await Promise.all(phones.map((phone, n) => (n % 2 === 0 ? byQr(phone) : byCode(phone))));
      await expectLinked(links, '15551350100');
    },
    3 * asLongAsItTakes.timeoutMs,
  );
});
