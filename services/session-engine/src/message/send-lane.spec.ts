import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecipientCheck, WhatsAppConnection } from '../connection/whatsapp-connection.ts';
import { message } from '../test-support/outbound-message.ts';
import { failed, type OutboundMessage, type SendOutcome } from './outbound-message.ts';
import { createSendLane } from './send-lane.ts';

const settledTurns = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
};

function setup({ capacity = 64, table = [] as OutboundMessage[] } = {}) {
  const outcomes: [string, string][] = [];
  let nowMs = 0;
  const mayWrite = true;
  const lane = createSendLane({
    capacity,
    loadWaiting: async (after, limit) => table.filter(({ position }) => position > after).slice(0, limit),
    settle: ({ messageId }: OutboundMessage, outcome: SendOutcome) => {
      outcomes.push([messageId, outcome.kind === 'sent' ? 'sent' : outcome.code]);
    },
    mayWrite: () => mayWrite,
    nowMs: () => nowMs,
    onError: () => undefined,
  });
  return {
    lane,
    outcomes,
    advance: (ms: number) => {
      nowMs += ms;
      lane.sweep(nowMs);
    },
  };
}
interface Behaviour {
  check?: RecipientCheck;
  /** Answers a look-up; by default at once, with `check`. */
  lookUp?(phone: string): Promise<RecipientCheck>;
  known?: string[];
  send?(id: string): Promise<void>;
}
function connection(options: Behaviour = {}) {
  const written: string[] = [];
  const known = new Set(options.known);
  const via: WhatsAppConnection = {
    knows: (phone) => known.has(phone),
    checkRecipient: async (phone) => {
      const check = (await options.lookUp?.(phone)) ?? options.check ?? 'reachable';
      if (check === 'reachable') known.add(phone);
      return check;
    },
    sendText: async (_to, _text, id) => {
      written.push(id);
      await options.send?.(id);
    },
    askStanding: () => undefined,
    checkNumbers: async () => undefined,
    requestPairingCode: async () => ({ code: 'ABCD1234', validForMs: 1 }),
    logout: async () => undefined,
    close: async () => undefined,
  };
  return { via, written };
}

describe('A lane of outgoing messages', () => {
  it('lets a single message pass those of campaigns, and keeps the order within each kind', async () => {
    const { lane } = setup();
    const { via, written } = connection();
    const campaignId = 'cmp_01JD8X3M5N6P7Q8R9S0T1V2W3X';
    for (const position of [1, 2, 3]) lane.offer(message(position, { campaignId }));
    for (const position of [4, 5]) lane.offer(message(position));
    lane.opened(via);
    await settledTurns();
    expect(written).toEqual(['wa4', 'wa5', 'wa1', 'wa2', 'wa3']);
  });

  it('writes the next stanza without waiting for the acknowledgement of the one before', async () => {
    const { lane, outcomes } = setup();
    const { via, written } = connection();
    lane.opened(via);
    for (const position of [1, 2, 3]) lane.offer(message(position));
    await settledTurns();
    expect(written).toEqual(['wa1', 'wa2', 'wa3']);
    expect(outcomes).toEqual([]);
    lane.acknowledged('wa2');
    lane.acknowledged('wa1', 463);
    expect(outcomes).toEqual([
      ['m2', 'sent'],
      ['m1', 'RECIPIENT_RESTRICTED'],
    ]);
  });

  it('holds what comes while it is closed, and writes it in order when it opens', async () => {
    const { lane } = setup();
    for (const position of [1, 2, 3]) lane.offer(message(position));
    const { via, written } = connection();
    lane.opened(via);
    await settledTurns();
    expect(written).toEqual(['wa1', 'wa2', 'wa3']);
  });

  it('never writes a message whose failure its former owner has decided, and ends it so, also when a receipt comes', async () => {
    const { lane, outcomes } = setup();
    const { via, written } = connection();
    lane.offer(message(1, { decided: failed('WHATSAPP_REJECTED') }));
    lane.offer(message(2, { decided: failed('SESSION_NOT_CONNECTED') }));
    lane.offer(message(3));
    lane.arrived('wa1');
    lane.opened(via);
    await settledTurns();
    expect(written).toEqual(['wa3']);
    expect(outcomes).toEqual([
      ['m1', 'WHATSAPP_REJECTED'],
      ['m2', 'SESSION_NOT_CONNECTED'],
    ]);
  });

  it('never writes what was refused meanwhile, whether it has read it from the table already or reads it now', async () => {
    const table = [message(1), message(2), message(3)];
    const { lane, outcomes } = setup({ table });
    lane.expectBacklog();
    lane.sweep(0);
    await settledTurns();
    lane.leaveOut('m1');
    table.push(message(4), message(5));
    lane.expectBacklog();
    lane.sweep(0);
    lane.leaveOut('m4');
    await settledTurns();
    const { via, written } = connection();
    lane.opened(via);
    await settledTurns();
    expect(written).toEqual(['wa2', 'wa3', 'wa5']);
    expect(outcomes).toEqual([]);
  });

  it('takes a receipt for the acknowledgement that was never seen, on this connection or after it', async () => {
    const { lane, outcomes } = setup();
    const { via, written } = connection();
    lane.opened(via);
    for (const position of [1, 2, 3]) lane.offer(message(position));
    await settledTurns();
    lane.arrived('wa1');
    lane.acknowledged('wa1', 500);
    lane.closed();
    lane.arrived('wa2');
    expect(outcomes).toEqual([
      ['m1', 'sent'],
      ['m2', 'sent'],
    ]);
    lane.opened(via);
    await settledTurns();
    expect(written).toEqual(['wa1', 'wa2', 'wa3', 'wa3']);
  });

  it('writes what was not acknowledged again, first, under the same id, on the next connection', async () => {
    const { lane, outcomes } = setup();
    lane.opened(connection().via);
    for (const position of [1, 2, 3]) lane.offer(message(position));
    await settledTurns();
    lane.acknowledged('wa1');
    lane.closed();
    lane.offer(message(4));
    const next = connection();
    lane.opened(next.via);
    await settledTurns();
    expect(next.written).toEqual(['wa2', 'wa3', 'wa4']);
    expect(outcomes).toEqual([['m1', 'sent']]);
  });

  it('does not stand still behind a send that hangs when its connection closes', async () => {
    const { lane } = setup();
    lane.opened(connection({ send: () => new Promise(() => undefined) }).via);
    lane.offer(message(1));
    await settledTurns();
    lane.closed();
    const next = connection();
    lane.opened(next.via);
    await settledTurns();
    expect(next.written).toEqual(['wa1']);
  });

  it('gives a message up after five stanzas without an answer', async () => {
    const { lane, outcomes } = setup();
    lane.offer(message(1));
    let stanzas = 0;
    for (let life = 0; life < 7; life++) {
      const { via, written } = connection();
      lane.opened(via);
      await settledTurns();
      stanzas += written.length;
      lane.closed();
    }
    expect(stanzas).toBe(5);
    expect(outcomes).toEqual([['m1', 'SEND_FAILED']]);
  });

  it('writes no stanza to a number that is not on WhatsApp', async () => {
    const { lane, outcomes } = setup();
    const { via, written } = connection({ check: 'not-on-whatsapp' });
    lane.opened(via);
    lane.offer(message(1));
    await settledTurns();
    expect(written).toEqual([]);
    expect(outcomes).toEqual([['m1', 'NOT_ON_WHATSAPP']]);
  });

  describe('while a first contact is looked up', () => {
    const [stranger, friend] = ['15551230009', '15551230002'];
    const late = () => {
      const { promise, resolve, reject } = Promise.withResolvers<RecipientCheck>();
      return { lookUp: () => promise, resolve, reject };
    };

    it('lets messages to known contacts pass, and keeps the order of each recipient', async () => {
      const { lane } = setup();
      const { lookUp, resolve } = late();
      const { via, written } = connection({ lookUp, known: [friend] });
      lane.opened(via);
      lane.offer(message(1, { to: stranger }));
      lane.offer(message(2));
      lane.offer(message(3, { to: stranger }));
      lane.offer(message(4));
      await settledTurns();
      expect(written).toEqual(['wa2', 'wa4']);
      resolve('reachable');
      await settledTurns();
      expect(written).toEqual(['wa2', 'wa4', 'wa1', 'wa3']);
    });

    it('lets none to the same recipient pass, though it becomes known meanwhile', async () => {
      const { lane } = setup();
      const { lookUp, resolve } = late();
      const { via, written } = connection({ lookUp });
      lane.opened(via);
      lane.offer(message(1, { to: stranger }));
      await settledTurns();
      lane.offer(message(2, { to: stranger }));
      via.knows = () => true;
      lane.offer(message(3));
      await settledTurns();
      expect(written).toEqual(['wa3']);
      resolve('reachable');
      await settledTurns();
      expect(written).toEqual(['wa3', 'wa1', 'wa2']);
    });

    it('lets known contacts pass when nobody answers; the first contact is tried anew on the next connection, in its place', async () => {
      const { lane } = setup();
      const { lookUp, reject } = late();
      const first = connection({ lookUp, known: [friend] });
      lane.opened(first.via);
      for (const [position, to] of [stranger, friend, stranger].entries()) lane.offer(message(position + 1, { to }));
      await settledTurns();
      expect(first.written).toEqual(['wa2']);
      lane.acknowledged('wa2');
      lane.closed();
      reject(428);
      lane.offer(message(4));
      const next = connection();
      lane.opened(next.via);
      await settledTurns();
      expect(next.written).toEqual(['wa1', 'wa3', 'wa4']);
    });

    it('stops without waiting for the answer, and writes nothing when it comes', async () => {
      const { lane } = setup();
      const { lookUp, resolve } = late();
      const { via, written } = connection({ lookUp });
      lane.opened(via);
      lane.offer(message(1, { to: stranger }));
      await settledTurns();
      await lane.stop();
      resolve('reachable');
      await settledTurns();
      expect(written).toEqual([]);
    });
  });

  it('keeps the order of each recipient and writes each message once, whatever is known and whenever answers come', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ to: fc.integer({ min: 0, max: 3 }), answers: fc.boolean() }), { maxLength: 30 }),
        fc.subarray([0, 1, 2, 3]),
        async (steps, knownAtFirst) => {
          const { lane } = setup();
          const waiting: (() => void)[] = [];
          const lookUp = () =>
            new Promise<RecipientCheck>((resolve) => {
              waiting.push(() => resolve('reachable'));
            });
          const { via, written } = connection({ lookUp, known: knownAtFirst.map((n) => `${n}`) });
          lane.opened(via);
          for (const [position, { to, answers }] of steps.entries()) {
            lane.offer(message(position + 1, { to: `${to}` }));
            if (!answers) continue;
            waiting.shift()?.();
            await new Promise(setImmediate);
          }
          for (let turn = 0; turn < 60; turn++) {
            waiting.shift()?.();
            await new Promise(setImmediate);
          }
          for (let to = 0; to < 4; to++) {
            const sent = steps.flatMap((step, position) => (step.to === to ? [`wa${position + 1}`] : []));
            expect(written.filter((id) => sent.includes(id))).toEqual(sent);
          }
          expect(written).toHaveLength(steps.length);
        },
      ),
      { numRuns: 200 },
    ));

  it('writes a message once that was read from the table before its acceptance was heard of', async () => {
    const table = [1, 2].map((position) => message(position));
    const { lane } = setup({ table });
    const { via, written } = connection();
    lane.opened(via);
    lane.expectBacklog();
    await settledTurns();
    lane.acknowledged('wa1');
    lane.offer(message(2));
    lane.offer(message(3));
    await settledTurns();
    expect(written).toEqual(['wa1', 'wa2', 'wa3']);
  });

  it('writes what the server left unacknowledged for 40 s again, in order, though it acknowledges others', async () => {
    const { lane, advance } = setup();
    const { via, written } = connection();
    lane.opened(via);
    for (const position of [1, 2, 3]) lane.offer(message(position));
    await settledTurns();
    lane.acknowledged('wa2');
    advance(40_001);
    await settledTurns();
    expect(written).toEqual(['wa1', 'wa2', 'wa3', 'wa1', 'wa3']);
  });

  it('has stopped when its last stanza is acknowledged, for everybody who waits for that', async () => {
    const { lane } = setup();
    const { promise: sent, resolve: leaves } = Promise.withResolvers<void>();
    const { via, written } = connection({ send: () => sent });
    lane.opened(via);
    for (const position of [1, 2]) lane.offer(message(position));
    await settledTurns();
    let stopped = 0;
    for (let waiters = 0; waiters < 2; waiters++) void lane.stop().then(() => (stopped += 1));
    leaves();
    await settledTurns();
    expect({ stopped, written }).toEqual({ stopped: 0, written: ['wa1'] });
    lane.acknowledged('wa1');
    await settledTurns();
    expect(stopped).toBe(2);
  });

  it('has stopped when its connection is closed, whatever was unacknowledged', async () => {
    const { lane } = setup();
    lane.opened(connection().via);
    lane.offer(message(1));
    await settledTurns();
    const stopped = lane.stop();
    lane.closed();
    await stopped;
  });

  it('leaves a message whose deadline has passed to whoever watches the deadlines', async () => {
    const { lane, outcomes, advance } = setup();
    lane.offer(message(1, { notAfterMs: 50 }));
    advance(100);
    const { via, written } = connection();
    lane.opened(via);
    await settledTurns();
    expect(written).toEqual([]);
    expect(outcomes).toEqual([]);
  });

  it('fails a message that was written and never acknowledged at its deadline', async () => {
    const { lane, outcomes, advance } = setup();
    lane.opened(connection().via);
    lane.offer(message(1, { notAfterMs: 50 }));
    await settledTurns();
    expect(lane.unacknowledged()).toEqual(['m1']);
    advance(100);
    expect(outcomes).toEqual([['m1', 'SEND_FAILED']]);
    lane.acknowledged('wa1');
    expect(outcomes).toHaveLength(1);
  });
});
