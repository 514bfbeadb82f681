import type { SandboxBehaviour } from '../behaviour.ts';
import { MAGIC_NACK_CODE, type MagicEffect } from '../magic-recipients.ts';
import type { FaultPlan, FaultTarget } from './fault-plan.ts';

/** A receipt of a simulated phone, `delayMs` after the message reached it. */
export interface ReceiptStep {
  type: 'delivered' | 'read';
  delayMs: number;
}

/** What the server and the recipient do with one message stanza. */
export type MessageFate =
  | { outcome: 'dropped' }
  | { outcome: 'nacked'; code: number; ackDelayMs: number }
  | {
      outcome: 'accepted';
      ackDelayMs: number;
      /** From handing it on to the ack. */
      ackLagMs: number;
      /** False: stored by the server for ever. */
      delivers: boolean;
      corrupted: boolean;
      receipts: readonly ReceiptStep[];
      replies: boolean;
      logsOutSender: boolean;
    };

export type AcceptedFate = Extract<MessageFate, { outcome: 'accepted' }>;

export interface MessageCircumstances {
  magic: MagicEffect | undefined;
  /** False: the sender is restricted, and not in a chat with the recipient. */
  mayStartChats: boolean;
  /** The number exists on this network. */
  onWhatsApp: boolean;
  /** The number is linked to a client, which reads for itself; its phone then never reads. */
  recipientIsLinked: boolean;
}

/** The nack for a message to a number that is not on WhatsApp (a choice of this sandbox, not verified). */
export const NOT_ON_WHATSAPP_CODE = 404;

/** Faults come first, then the magic number, then the default behaviour. Uses up the hits of the faults it meets. */
export function decideMessageFate(
  circumstances: MessageCircumstances,
  faults: Pick<FaultPlan, 'take'>,
  target: FaultTarget,
  behaviour: SandboxBehaviour,
): MessageFate {
  const { magic } = circumstances;
  if (faults.take('drop-messages', target)) return { outcome: 'dropped' };

  const ackDelayMs = faults.take('delay-acks', target)?.delayMs ?? (magic === 'slow' ? behaviour.slowAckDelayMs : 0);
  const nack =
    faults.take('nack', target)?.code ??
    (magic === 'nacked' || !circumstances.mayStartChats ? MAGIC_NACK_CODE : undefined);
  if (nack !== undefined) return { outcome: 'nacked', code: nack, ackDelayMs };
  if (!circumstances.onWhatsApp) return { outcome: 'nacked', code: NOT_ON_WHATSAPP_CODE, ackDelayMs };

  return {
    outcome: 'accepted',
    ackDelayMs,
    ackLagMs: faults.take('late-acks', target)?.delayMs ?? 0,
    delivers: !faults.take('no-delivery', target) && magic !== 'never-delivers',
    corrupted: faults.take('corrupt-ciphertext', target) !== undefined,
    receipts: decideReceipts(circumstances, faults, target, behaviour),
    replies: magic === 'replies',
    logsOutSender: magic === 'logs-out-sender',
  };
}

function decideReceipts(
  { magic, recipientIsLinked }: MessageCircumstances,
  faults: Pick<FaultPlan, 'take'>,
  target: FaultTarget,
  behaviour: SandboxBehaviour,
): readonly ReceiptStep[] {
  if (faults.take('no-receipts', target)) return [];
  const delayMs = behaviour.deliveryDelayMs + (faults.take('delay-receipts', target)?.delayMs ?? 0);
  const steps: ReceiptStep[] = [{ type: 'delivered', delayMs }];
  if (magic !== 'delivers-only' && !recipientIsLinked) {
    steps.push({ type: 'read', delayMs: delayMs + behaviour.readDelayMs });
  }
  if (faults.take('reorder-receipts', target)) {
    const delays = steps.map((step) => step.delayMs);
    steps.reverse().forEach((step, index) => {
      step.delayMs = delays[index] ?? step.delayMs;
    });
  }
  return faults.take('duplicate-receipts', target) ? steps.flatMap((step) => [step, { ...step }]) : steps;
}
