/**
 * How much a receiver is trusted with: a circuit breaker and a limit of what is under way. Pure.
 *
 * closed: attempts run, as many at once as `limit` allows; overload halves it, success lets it grow again.
 * open: the receiver failed `failuresToOpen` times in a row, or asked for a pause. Nothing is attempted, so nothing uses up its attempts.
 * probing: the pause is over; one attempt decides.
 */
export interface HealthRules {
  failuresToOpen: number;
  firstPauseMs: number;
  maxPauseMs: number;
  /** Attempts under way at once, at most. */
  maxLimit: number;
  /** A receiver that failed for so long is switched off. */
  disableAfterMs: number;
}
export const defaultHealthRules: Omit<HealthRules, 'maxLimit'> = {
  failuresToOpen: 10,
  firstPauseMs: 15_000,
  maxPauseMs: 5 * 60_000,
  disableAfterMs: 5 * 86_400_000,
};

export interface ReceiverHealth {
  readonly breaker: 'closed' | 'open' | 'probing';
  /** Failures since the last success. */
  readonly failures: number;
  /** Pauses since the last success: each is twice as long as the one before. */
  readonly pauses: number;
  /** Epoch ms; while open. */
  readonly openUntil: number;
  readonly limit: number;
  /** Epoch ms of the first failure since the last success. */
  readonly failingSince: number | undefined;
}

/** One that failed before is probed first: whoever takes over from another process knows no more of it. */
export const initialHealth = (rules: HealthRules, failingSince?: number): ReceiverHealth => ({
  breaker: failingSince === undefined ? 'closed' : 'open',
  failures: 0,
  pauses: 0,
  openUntil: 0,
  limit: rules.maxLimit,
  failingSince,
});

export type Admission =
  | { kind: 'start'; health: ReceiverHealth }
  /** Ask again when an attempt has ended. */
  | { kind: 'full' }
  /** Ask again then. */
  | { kind: 'wait'; untilMs: number };

/** Whether one more attempt may start. The state changes when it is the probe. */
export function admit(health: ReceiverHealth, inFlight: number, nowMs: number): Admission {
  if (health.breaker === 'open' && nowMs < health.openUntil) return { kind: 'wait', untilMs: health.openUntil };
  if (health.breaker !== 'closed')
    // What was under way when it opened may still end; the probe waits for it.
    return inFlight > 0 ? { kind: 'full' } : { kind: 'start', health: { ...health, breaker: 'probing' } };
  return inFlight < health.limit ? { kind: 'start', health } : { kind: 'full' };
}

export interface Reported {
  success: boolean;
  overloaded: boolean;
  retryAfterMs?: number;
}

/** An attempt has ended. */
export function report(health: ReceiverHealth, reported: Reported, nowMs: number, rules: HealthRules): ReceiverHealth {
  if (reported.success) {
    if (health.breaker === 'closed' && health.failures === 0 && health.limit === rules.maxLimit) return health;
    const limit = Math.min(rules.maxLimit, health.limit + 1);
    return { ...initialHealth(rules), limit: health.breaker === 'closed' ? limit : Math.max(1, health.limit) };
  }
  const failures = health.failures + 1;
  const failing = {
    ...health,
    failures,
    failingSince: health.failingSince ?? nowMs,
    limit: reported.overloaded ? Math.max(1, Math.floor(health.limit / 2)) : health.limit,
  };
  const { retryAfterMs } = reported;
  const mustOpen = health.breaker === 'probing' || failures >= rules.failuresToOpen || retryAfterMs !== undefined;
  if (health.breaker === 'open' || !mustOpen) {
    // A late answer of before the pause may ask for a longer one.
    const openUntil =
      retryAfterMs === undefined ? failing.openUntil : Math.max(failing.openUntil, nowMs + retryAfterMs);
    return { ...failing, openUntil };
  }
  const ownPauseMs = Math.min(rules.maxPauseMs, rules.firstPauseMs * 2 ** Math.min(health.pauses, 20));
  return {
    ...failing,
    breaker: 'open',
    pauses: health.pauses + 1,
    openUntil: nowMs + (retryAfterMs ?? ownPauseMs),
  };
}

/**
 * Its owner wants something sent: one attempt decides, now.
 * @param failingSince as its owner sees it: whoever resumes it begins a new record
 */
export const endPause = (health: ReceiverHealth, failingSince: number | undefined): ReceiverHealth => ({
  ...health,
  openUntil: 0,
  failingSince: failingSince === undefined ? undefined : health.failingSince,
});

export const mustDisable = ({ failingSince }: ReceiverHealth, nowMs: number, rules: HealthRules): boolean =>
  failingSince !== undefined && nowMs - failingSince >= rules.disableAfterMs;
