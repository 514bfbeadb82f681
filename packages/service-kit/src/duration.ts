const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `250ms`, `30s`, `15m`, `24h`, `7d`, or a bare number of milliseconds. `undefined` when it is none of these. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text.trim());
  if (!match) return undefined;
  const unit = (match[2] ?? 'ms') as keyof typeof unitMs;
  return Number(match[1]) * unitMs[unit];
}

/** The shortest exact spelling, for documentation tables: 900000 is `15m`. */
export function formatDurationMs(ms: number): string {
  const exact = (['d', 'h', 'm', 's'] as const).find((unit) => ms >= unitMs[unit] && ms % unitMs[unit] === 0);
  return exact === undefined ? `${ms}ms` : `${ms / unitMs[exact]}${exact}`;
}
