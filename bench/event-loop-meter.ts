import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How late timers were, in milliseconds. */
export interface EventLoopLag {
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}
export interface EventLoopMeter {
  /** Lag since the last reading. */
  read(): EventLoopLag;
}

const resolutionMs = 10;
const nsPerMs = 1_000_000;

/** Samples every 10 ms in native code; costs nothing worth measuring. Does not keep the process alive. */
export function createEventLoopMeter(): EventLoopMeter {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  // A sample is the time between two of its timers: what exceeds the resolution is lag.
  const lagOf = (ns: number): number => Math.max(0, Math.round(ns / nsPerMs) - resolutionMs);
  return {
    read() {
      const lag = {
        p50Ms: lagOf(histogram.percentile(50)),
        p99Ms: lagOf(histogram.percentile(99)),
        maxMs: lagOf(histogram.max),
      };
      histogram.reset();
      return lag;
    },
  };
}
