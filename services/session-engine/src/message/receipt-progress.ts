/**
 * What the log says of a message once WhatsApp's server has it, in this order and each at most once: sent (or failed), delivered, read. Pure.
 *
 * Receipts come as they like: before the acknowledgement (two servers tell them), the reading before the delivery, one of them twice or never. A receipt
 * waits until the end of its message is in the log; a reading that comes first tells the delivery with it; what comes late adds nothing.
 */
export type ReceiptKind = 'delivered' | 'read';
export interface Step {
  kind: ReceiptKind;
  /** When it was known. */
  at: string;
}

export interface ReceiptProgress {
  /** Whether the log says that it was sent, or failed. */
  readonly ended: boolean;
  /** `unknown`: an earlier process may have told more; its delivery is not told again beside a reading. */
  readonly reached: 'unknown' | 'nothing' | ReceiptKind;
  /** Known, and to be told after the end. */
  readonly held: readonly Step[];
}
export interface Told {
  progress: ReceiptProgress;
  tell: readonly Step[];
}

export const ofNewMessage: ReceiptProgress = { ended: false, reached: 'nothing', held: [] };
/** Met in the table with an end. */
export const ofEndedMessage: ReceiptProgress = { ended: true, reached: 'unknown', held: [] };

const rank = { unknown: 0, nothing: 0, delivered: 1, read: 2 } as const;

export function afterReceipt(progress: ReceiptProgress, { kind, at }: Step): Told {
  const { ended, reached, held } = progress;
  if (rank[kind] <= rank[reached]) return { progress, tell: [] };
  const impliesDelivery = kind === 'read' && reached === 'nothing';
  const steps: Step[] = impliesDelivery ? [{ kind: 'delivered', at }] : [];
  steps.push({ kind, at });
  return ended
    ? { progress: { ended, reached: kind, held }, tell: steps }
    : { progress: { ended, reached: kind, held: [...held, ...steps] }, tell: [] };
}

export const afterEnd = ({ reached, held }: ReceiptProgress): Told => ({
  progress: { ended: true, reached, held: [] },
  tell: held,
});
