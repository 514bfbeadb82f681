/** The last outcomes of a campaign, oldest first: `.` sent, `x` failed. Pure. */
export type FailureWindow = string;

const size = 50;
/** Fewer outcomes say nothing. */
const enough = 20;

export const noteOutcomes = (window: FailureWindow, outcomes: readonly ('sent' | 'failed')[]): FailureWindow =>
  (window + outcomes.map((outcome) => (outcome === 'sent' ? '.' : 'x')).join('')).slice(-size);

/** 0 while there are too few outcomes to judge. */
export function failurePercentOf(window: FailureWindow): number {
  if (window.length < enough) return 0;
  return (100 * window.replaceAll('.', '').length) / window.length;
}
