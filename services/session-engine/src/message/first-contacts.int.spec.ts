import { eventually } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from '../test-support/engine-harness.ts';

/** Long beside everything that the other session does meanwhile. */
const lookUpMs = 5_000;

describe('A first contact whose look-up is answered late', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
    await harness.startEngine();
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  it('holds up no other session, neither its known contacts nor its new ones, and is sent in the end', async () => {
    const [slowPhone, known] = ['15551320001', '15551320009'];
    const slow = await harness.pair(slowPhone);
    const other = await harness.pair('15551320002');
    expect(await (await harness.send(other, known)).reply).toMatchObject({ ok: true });

    harness.sandbox.injectFault({ kind: 'slow-lookups', delayMs: lookUpMs, phone: slowPhone });
    const ends: string[] = [];
    const first = await harness.send(slow, '15551320010', { text: 'late' });
    const firstSent = first.reply.then((reply) => {
      ends.push('slow');
      return reply;
    });
    for (let index = 0; index < 10; index++) {
      for (const to of [known, `1555132002${index}`]) {
        expect(await (await harness.send(other, to)).reply).toMatchObject({ ok: true });
        ends.push('other');
      }
    }
    expect(ends).toEqual(Array.from({ length: 20 }, () => 'other'));
    expect(harness.inbox('15551320010')).toEqual([]);

    expect(await firstSent).toMatchObject({ ok: true });
    await eventually(() => expect(harness.inbox('15551320010')).toMatchObject([{ text: 'late', copies: 1 }]));
  });

  it('holds up no known contact of its own session, and keeps the order of its own messages', async () => {
    const [phone, known, stranger] = ['15551330001', '15551330009', '15551330010'];
    const session = await harness.pair(phone);
    expect(await (await harness.send(session, known)).reply).toMatchObject({ ok: true });

    harness.sandbox.injectFault({ kind: 'slow-lookups', delayMs: lookUpMs, phone });
    const late = [];
    for (const text of ['one', 'two']) late.push(await harness.send(session, stranger, { text }));
    for (let index = 0; index < 3; index++)
      expect(await (await harness.send(session, known)).reply).toMatchObject({ ok: true });
    expect(harness.inbox(stranger)).toEqual([]);

    for (const { reply } of late) expect(await reply).toMatchObject({ ok: true });
    await eventually(() => expect(harness.inbox(stranger).map(({ text }) => text)).toEqual(['one', 'two']));
  });
});
