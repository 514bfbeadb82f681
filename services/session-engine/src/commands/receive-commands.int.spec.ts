import { randomUUID } from 'node:crypto';
import { streams, subjects } from '@wam/contracts';
import { readSubject } from '@wam/service-kit/nats';
import { eventually } from '@wam/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from '../test-support/engine-harness.ts';

describe('Commands', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
    await harness.startEngine();
  });
  afterEach(() => harness.sandbox.clearFaults());
  afterAll(() => harness[Symbol.asyncDispose]());

  it('that nobody can read end in the dead letters, with the reason, and hold up nothing', async () => {
    const sessionId = randomUUID();
    const address = harness.address(sessionId);
    await harness.publisher.publish(subjects.command(address), '{"broken');
    await harness.publishCommand('LaunchRocket', sessionId, { sessionId });
    await harness.publishCommand('SendMessage', sessionId, { sessionId, messageId: 'nonsense', to: '1', text: '' });
    expect(await harness.create(sessionId)).toMatchObject({ ok: true });
    const letters = await eventually(async () => {
      const found = await readSubject(harness.nc, {
        stream: streams.deadLetters.name,
        subject: subjects.deadLetter(address),
      });
      expect(found).toHaveLength(3);
      return found;
    });
    expect(letters.map(({ headers }) => headers['Wam-Dead-Reason'])).toEqual([
      'not JSON',
      'unknown command type LaunchRocket',
      'SendMessage: data does not match its schema',
    ]);
  });

  it('that find another owner of the session id find nothing', async () => {
    const sessionId = randomUUID();
    await harness.create(sessionId);
    const stranger = randomUUID();
    const reply = await harness.command('ConnectSession', sessionId, { sessionId }, { of: stranger });
    expect(reply).toMatchObject({ ok: false, code: 'SESSION_NOT_FOUND' });
  });

  it('are carried out after the bus restarted', async () => {
    const sessionId = await harness.pair('15551310001');
    await harness.nats.restart();
    const { reply } = await harness.send(sessionId, '15551310002');
    expect(await reply).toMatchObject({ ok: true });
  });

  it('to send wait while the network does not answer a look-up, which is not taken for a missing number', async () => {
    const phone = '15551310003';
    const sessionId = await harness.pair(phone);
    harness.sandbox.injectFault({ kind: 'silent-lookups', phone, times: 1 });
    const { reply } = await harness.send(sessionId, '15551310004');
    expect(await reply).toMatchObject({ ok: true });
  });
});
