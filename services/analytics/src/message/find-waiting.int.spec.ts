import { randomUUID } from 'node:crypto';
import { subjects } from '@wam/contracts';
import { createPublisher } from '@wam/service-kit/nats';
import { expect, it } from 'vitest';
import { bodyOf, startHarness } from '../testing/harness.ts';
import { messageIdOf } from '../testing/histories.ts';

it('messages that no engine has taken over yet are accepted, also among the dead letters; another tenant sees none', async () => {
  await using harness = await startHarness();
  await harness.start();
  const account = { tenant: randomUUID(), sessionId: randomUUID() };
  const publisher = createPublisher(harness.nc);
  const address = { pool: 'sandbox', partition: 3, tenant: account.tenant, sessionId: account.sessionId };
  const places = [subjects.command(address), subjects.deadLetter(address)] as const;
  for (const [n, place] of places.entries()) {
    // Among what else waits.
    await publisher.publish(place, '{"broken', { msgId: `broken ${account.tenant} ${n}` });
    const messageId = messageIdOf(n);
    const data = { sessionId: account.sessionId, messageId, to: '919876543210', text: 'é'.repeat(101) };
    const at = new Date().toISOString();
    const command = {
      id: messageId,
      type: 'SendMessage',
      v: 1,
      tenant: account.tenant,
      at,
      correlationId: 'c',
      data,
    };
    const ask = (tenant: string) => harness.ask('getMessage', tenant, { params: { messageId } });
    expect(await ask(account.tenant)).toMatchObject({ ok: false, code: 'MESSAGE_NOT_FOUND' });
    await publisher.publish(place, JSON.stringify(command), { msgId: messageId });
    expect(bodyOf(await ask(account.tenant))).toMatchObject({
      ...{ messageId, sessionId: account.sessionId, direction: 'out', status: 'accepted', to: data.to },
      ...{ text: 'é'.repeat(100), campaignId: null, error: null, timeline: { acceptedAt: at, sentAt: null } },
    });
    expect(await ask(randomUUID())).toMatchObject({ ok: false, code: 'MESSAGE_NOT_FOUND' });
  }
  publisher.close();
});
