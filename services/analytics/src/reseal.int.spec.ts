import { randomBytes, randomUUID } from 'node:crypto';
import { messageSealPurpose, type operations } from '@wam/contracts';
import { createSealer } from '@wam/service-kit';
import { resealAll } from '@wam/service-kit/postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { analyticsSealed } from './sealed-columns.ts';
import { bodyOf, type Harness, startHarness } from './testing/harness.ts';
import { instant, messageEvent, messageIdOf, privateOf } from './testing/histories.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.[Symbol.asyncDispose]());

it('archive and received messages are sealed anew, and the former key is not needed for them any more', async () => {
  const tenant = randomUUID();
  const ids = { sessionId: randomUUID(), messageId: messageIdOf(1), waMessageId: 'in1' };
  const data = { ...ids, receivedAt: instant(0), kind: 'text' as const, offline: false, sealed: 'x' };
  const service = await harness.start();
  await harness.publishAll([messageEvent('MessageReceived', instant(0), data, tenant)]);
  const received = async () => {
    const list = await harness.ask('listMessages' satisfies keyof typeof operations, tenant, {
      query: { direction: 'in' },
    });
    return bodyOf<{ data: { received: unknown }[] }>(list).data[0]?.received;
  };
  const { text } = privateOf(ids.messageId);
  expect(await received()).toMatchObject({ text });
  await service.stop();

  const next = randomBytes(32);
  const former = Buffer.from(harness.env.WAM_KEK ?? '', 'base64');
  const purposesWithOwnKey = [messageSealPurpose];
  const sealer = createSealer({ kek: next, retiredKeks: [former], purposesWithOwnKey });
  expect(await resealAll(harness.db, analyticsSealed, sealer)).toEqual([
    { table: 'message_view', resealed: 1, unreadable: 0 },
    { table: 'event_log', resealed: 1, unreadable: 0 },
  ]);
  const archived = await harness.db.selectFrom('event_log').select('data').executeTakeFirstOrThrow();
  const { sealed } = archived.data as unknown as { sealed: string };
  const context = { tenant, purpose: messageSealPurpose, id: ids.messageId };
  const shown = await harness.db.selectFrom('message_view').select('received').executeTakeFirstOrThrow();
  // A rebuild from the archive makes the same row.
  expect(JSON.parse(shown.received ?? '').sealed).toBe(sealed);
  const opened = createSealer({ kek: next, purposesWithOwnKey }).open(context, Buffer.from(sealed, 'base64'));
  expect(JSON.parse(opened.toString())).toMatchObject({ text });

  await expect(harness.start()).rejects.toThrow(/WAM_KEK: does not open the data of schema analytics/);
  await harness.start({ WAM_KEK: next.toString('base64') });
  expect(await received()).toMatchObject({ text });
});
