import type { SessionEvent } from '@wam/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binOf, middleOf } from '../latency/projection.ts';
import { bodyOf, type Harness, startHarness } from '../testing/harness.ts';
import {
  campaignIdOf,
  campaignLife,
  messageEvent,
  messageIdOf,
  sessionIdOf,
  tenantA,
  tenantB,
} from '../testing/histories.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
  await harness.start();
});
afterAll(() => harness[Symbol.asyncDispose]());

const hourMs = 3_600_000;
const startedMs = Date.now();
const ago = (ms: number): string => new Date(startedMs - ms).toISOString();

describe('latency', () => {
  it('is told stage by stage, for the account or one session, once both ends of a stage are known', async () => {
    const sessionId = sessionIdOf(1);
    const acceptedAt = ago(hourMs);
    for (let i = 0; i < 10; i++) {
      const ids = { sessionId, messageId: messageIdOf(i), waMessageId: `w${i}` };
      await harness.publish(messageEvent('MessageSent', ago(hourMs - 100), { ...ids, acceptedAt }));
      if (i < 4) await harness.publish(messageEvent('MessageDelivered', ago(hourMs - 2_100), ids));
    }
    const answers = async (tenant: string, query: object) =>
      bodyOf(await harness.ask('getMessageLatency', tenant, { query }));
    const shown = {
      acceptedToSent: { count: 10, p50Ms: middleOf(binOf(100)) },
      sentToDelivered: { count: 4, p50Ms: middleOf(binOf(2_000)) },
      deliveredToRead: { count: 0, p50Ms: null, p95Ms: null, p99Ms: null },
    };
    expect(await answers(tenantA, {})).toMatchObject(shown);
    expect(await answers(tenantA, { sessionId, days: 1 })).toMatchObject(shown);
    expect(await answers(tenantA, { sessionId: sessionIdOf(2) })).toMatchObject({ acceptedToSent: { count: 0 } });
    expect(await answers(tenantB, { sessionId })).toMatchObject({ acceptedToSent: { count: 0 } });
  });
});

describe('a campaign', () => {
  const campaignId = campaignIdOf(0);
  const answer = (tenant: string) => harness.ask('getCampaignStats', tenant, { params: { campaignId } });

  it('is told as its last event left it, with what became of its messages, to its own account only', async () => {
    await harness.publishAll(campaignLife(0));
    for (const [i, last] of (['MessageSent', 'MessageDelivered', 'MessageRead', 'MessageRead'] as const).entries()) {
      const ids = { sessionId: sessionIdOf(2), messageId: messageIdOf(500 + i), waMessageId: `c${i}` };
      await harness.publish(messageEvent('MessageSent', ago(hourMs), { ...ids, acceptedAt: ago(hourMs), campaignId }));
      if (last !== 'MessageSent') await harness.publish(messageEvent(last, ago(hourMs - 1_000), ids));
    }
    expect(bodyOf(await answer(tenantA))).toMatchObject({
      name: 'Autumn sale',
      status: 'completed',
      recipients: { total: 10, pending: 0, sent: 9, failed: 0, optedOut: 1, cancelled: 0 },
      messages: { sent: 4, delivered: 3, read: 2, failed: 0 },
    });
    expect(await answer(tenantB)).toMatchObject({ ok: false, code: 'CAMPAIGN_NOT_FOUND' });
  });
});

describe('uptime', () => {
  const sessionId = sessionIdOf(3);
  const params = { sessionId };
  const event = (type: SessionEvent['type'], ageMs: number, data: Record<string, unknown>): SessionEvent =>
    ({
      ...{ id: `${type}-${ageMs}-${String(data.sessionId)}`, type, v: 1, version: 1, tenant: tenantA, at: ago(ageMs) },
      ...{ correlationId: 'c', causationId: 'c', data: { sessionId, ...data } },
    }) as SessionEvent;

  it('is the share of the time since its creation in which the session was connected', async () => {
    const lost = { cause: 'connection-lost', attempt: 1, delayMs: 500 };
    const created = { name: 'Support Bot', description: '', network: 'sandbox' };
    await harness.publishAll([
      event('SessionCreated', 10 * hourMs, created),
      event('SessionConnected', 9 * hourMs, { phone: '15551230001' }),
      event('SessionReconnecting', 5 * hourMs, lost),
      event('SessionConnected', hourMs, { phone: '15551230001' }),
    ]);
    const uptime = bodyOf<{ uptime: number; connectedMs: number }>(
      await harness.ask('getSessionUptime', tenantA, { params }),
    );
    expect(uptime.uptime).toBeCloseTo(0.5, 2);
    expect(Math.round(uptime.connectedMs / hourMs)).toBe(5);
    expect(uptime).toMatchObject({ interruptions: 1, connectedSince: expect.any(String) });
  });

  it('is none while it was never connected', async () => {
    const never = { sessionId: sessionIdOf(4) };
    const created = { name: 'Support Bot', description: '', network: 'sandbox' };
    await harness.publish(event('SessionCreated', 10 * hourMs, { ...created, ...never }));
    expect(bodyOf(await harness.ask('getSessionUptime', tenantA, { params: never }))).toMatchObject({
      connectedMs: 0,
      uptime: 0,
      interruptions: 0,
      connectedSince: null,
    });
  });

  it('of another tenant is not found', async () => {
    expect(await harness.ask('getSessionUptime', tenantB, { params })).toMatchObject({
      ok: false,
      code: 'SESSION_NOT_FOUND',
    });
  });
});
