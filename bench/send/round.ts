/** One round of a send benchmark: what is asked of a sender, and what it reports. */
export interface Round {
  /** Told apart by the text `<name> <index>`, which the recipients decrypt. */
  name: string;
  recipients: string[];
  count: number;
  concurrency: number;
}
/** Wall-clock milliseconds (with fractions) at which each send began; one machine, one clock. */
export type Started = number[];

export const textOf = (round: Round, index: number): string => `${round.name} ${index}`;
export const recipientOf = (round: Round, index: number): string => round.recipients[index % round.recipients.length]!;
export const wallClockMs = (): number => performance.timeOrigin + performance.now();
