/**
 * A number that was linked a moment ago and writes to thousands of strangers is soon restricted. Its first days are kept small, and each
 * day is larger than the one before. Days are counted from the first connection, so that no time zone matters. Pure.
 */
export interface WarmUp {
  /** Days since the first connection; the count of messages starts anew with each. */
  day: number;
  messagesPerDay: number;
  messagesPerMinute: number;
}

const dayMs = 86_400_000;
const warmDays = 10;
const firstDay = 50;
const growth = 1.7;

/** Undefined for a session that is warm. 50 messages on the first day, 5,900 on the tenth. */
export function warmUpOf(nowMs: number, connectedSinceMs: number): WarmUp | undefined {
  const day = Math.max(0, Math.floor((nowMs - connectedSinceMs) / dayMs));
  if (day >= warmDays) return undefined;
  return { day, messagesPerDay: Math.floor(firstDay * growth ** day), messagesPerMinute: 4 * (day + 1) };
}

export const nextWarmUpDayAt = (connectedSinceMs: number, day: number): number => connectedSinceMs + (day + 1) * dayMs;
