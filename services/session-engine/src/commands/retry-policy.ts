/** What becomes of a command that failed. Pure. */
export interface FailedCommand {
  type: string;
  /** This delivery is counted. */
  deliveryCount: number;
  /** The database was away. */
  isConnectionFailure: boolean;
}
export type AfterFailure = { kind: 'again'; delayMs: number } | { kind: 'dead-letter' };

export const firstRetryMs = 1_000;
const retryDelaysMs = [firstRetryMs, 5_000, 30_000];
const maxDeliveries = 5;

export function afterFailure({ type, deliveryCount, isConnectionFailure }: FailedCommand): AfterFailure {
  // Somebody may hold a 202 for it, and the database comes back.
  if (type === 'ResendMessage' && isConnectionFailure) return { kind: 'again', delayMs: 5_000 };
  if (deliveryCount >= maxDeliveries) return { kind: 'dead-letter' };
  return { kind: 'again', delayMs: retryDelaysMs[Math.min(deliveryCount, retryDelaysMs.length) - 1]! };
}
