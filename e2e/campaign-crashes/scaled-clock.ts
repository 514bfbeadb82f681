import { type Clock, systemClock } from '@wam/service-kit';

/** Time that runs `speed` times as fast as ours since `originMs`: the same in every process that is told the same, and after every restart. */
export function createScaledClock(originMs: number, speed: number): Clock {
  const clock: Clock = {
    now: () => Math.round(originMs + (Date.now() - originMs) * speed),
    monotonicMs: () => systemClock.monotonicMs() * speed,
    setTimeout: (run, delayMs) => systemClock.setTimeout(run, delayMs / speed),
    sleep: (delayMs, signal) => systemClock.sleep(delayMs / speed, signal),
  };
  return clock;
}
