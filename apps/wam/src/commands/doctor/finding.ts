/** One thing that was looked at. */
export interface Finding {
  /** `fault`: something does not work or is unsafe. `warning`: it works, and somebody should look. */
  state: 'ok' | 'warning' | 'fault';
  /** What was looked at, in two or three words. */
  about: string;
  /** What was found. */
  says: string;
  /** What to do about it; with each warning and fault. */
  remedy?: string;
}

export const ok = (about: string, says: string): Finding => ({ state: 'ok', about, says });
export const fault = (about: string, says: string, remedy: string): Finding => ({
  state: 'fault',
  about,
  says,
  remedy,
});
export const warning = (about: string, says: string, remedy: string): Finding => ({
  state: 'warning',
  about,
  says,
  remedy,
});

export const hasFaults = (findings: readonly Finding[]): boolean => findings.some(({ state }) => state === 'fault');

/** One line each, the remedy below it. */
export function findingsText(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ state, about, says, remedy }) => [
    `${state.padEnd(7)}  ${about}: ${says}`,
    ...(remedy === undefined ? [] : [`         -> ${remedy}`]),
  ]);
  const count = (state: Finding['state']) => findings.filter((finding) => finding.state === state).length;
  const counted = (state: 'warning' | 'fault') => `${count(state)} ${state}${count(state) === 1 ? '' : 's'}`;
  return [...lines, '', `${count('ok')} in order, ${counted('warning')}, ${counted('fault')}`].join('\n');
}
