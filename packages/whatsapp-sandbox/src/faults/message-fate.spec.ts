import { describe, expect, it } from 'vitest';
import { DEFAULT_BEHAVIOUR } from '../behaviour.ts';
import type { MagicEffect } from '../magic-recipients.ts';
import type { FaultSpec } from './fault.ts';
import { FaultPlan } from './fault-plan.ts';
import { decideMessageFate, type MessageCircumstances } from './message-fate.ts';
import { seededRandom } from './seeded-random.ts';

const ordinary: MessageCircumstances = {
  magic: undefined,
  mayStartChats: true,
  onWhatsApp: true,
  recipientIsLinked: false,
};

function decide(circumstances: Partial<MessageCircumstances>, ...faults: FaultSpec[]) {
  const plan = new FaultPlan(seededRandom(1));
  for (const fault of faults) plan.add(fault);
  const target = { phone: '15550000001', recipient: '15550000002', owner: 'a' };
  return decideMessageFate({ ...ordinary, ...circumstances }, plan, target, DEFAULT_BEHAVIOUR);
}

describe('the fate of a message', () => {
  it('to an ordinary number is to be accepted, delivered and read', () => {
    expect(decide({})).toEqual({
      outcome: 'accepted',
      ackDelayMs: 0,
      ackLagMs: 0,
      delivers: true,
      corrupted: false,
      receipts: [
        { type: 'delivered', delayMs: 20 },
        { type: 'read', delayMs: 80 },
      ],
      replies: false,
      logsOutSender: false,
    });
  });

  it('to a linked number leaves the reading to the linked client', () => {
    expect(decide({ recipientIsLinked: true })).toMatchObject({ receipts: [{ type: 'delivered' }] });
  });

  it.each<[MagicEffect, object]>([
    ['delivers-only', { outcome: 'accepted', receipts: [{ type: 'delivered' }] }],
    ['never-delivers', { outcome: 'accepted', delivers: false }],
    ['nacked', { outcome: 'nacked', code: 463 }],
    ['slow', { outcome: 'accepted', ackDelayMs: 30_000 }],
    ['replies', { outcome: 'accepted', replies: true }],
    ['logs-out-sender', { outcome: 'accepted', logsOutSender: true }],
  ])('to the magic number that %s is as the table says', (magic, fate) => {
    expect(decide({ magic })).toMatchObject(fate);
  });

  it('to a number that is not on WhatsApp is a nack', () => {
    expect(decide({ onWhatsApp: false })).toMatchObject({ outcome: 'nacked', code: 404 });
  });

  it('of a restricted sender to somebody new is a nack', () => {
    expect(decide({ mayStartChats: false })).toMatchObject({ outcome: 'nacked', code: 463 });
  });

  it('is decided by a fault before anything else', () => {
    expect(decide({ magic: 'nacked' }, { kind: 'nack', code: 479 })).toMatchObject({ code: 479 });
    expect(decide({ magic: 'replies' }, { kind: 'drop-messages' })).toEqual({ outcome: 'dropped' });
    expect(decide({ magic: 'slow' }, { kind: 'delay-acks', delayMs: 5 })).toMatchObject({ ackDelayMs: 5 });
  });

  it('has its receipts withheld, delayed, doubled or swapped by faults', () => {
    expect(decide({}, { kind: 'no-receipts' })).toMatchObject({ receipts: [] });
    expect(decide({}, { kind: 'delay-receipts', delayMs: 100 })).toMatchObject({
      receipts: [{ delayMs: 120 }, { delayMs: 180 }],
    });
    expect(decide({}, { kind: 'reorder-receipts' })).toMatchObject({
      receipts: [
        { type: 'read', delayMs: 20 },
        { type: 'delivered', delayMs: 80 },
      ],
    });
    expect(decide({}, { kind: 'duplicate-receipts' })).toMatchObject({
      receipts: [{ type: 'delivered' }, { type: 'delivered' }, { type: 'read' }, { type: 'read' }],
    });
  });
});
