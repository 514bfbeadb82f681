/** Wall time in milliseconds since the epoch. */
export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** The clock in whole seconds, as stanzas carry it in `t`. */
export const unixSeconds = (clock: Clock): string => String(Math.floor(clock.now() / 1000));
