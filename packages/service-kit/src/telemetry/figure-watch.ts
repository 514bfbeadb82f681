/** Figures that cost a question, asked for now and then: a scrape may not wait for the answer. */
import type { Clock } from '../clock.ts';
import { defineService, type Service } from '../lifecycle.ts';
import type { GaugeMetric } from './metrics.ts';

export interface FigureWatchOptions<F> {
  name: string;
  everyMs: number;
  /** Undefined when there is nothing to export now. */
  read: () => Promise<F | undefined>;
  /** Nothing is exported until the next time. */
  onFailure: (error: unknown) => void;
  /** Asked at every scrape, of the figures read last. */
  gauges: readonly (readonly [GaugeMetric<never>, (figures: F) => number])[];
  clock: Clock;
}

export function createFigureWatch<F>(options: FigureWatchOptions<F>): Service {
  const { name, everyMs, read, onFailure, gauges, clock } = options;
  const stopping = new AbortController();
  let figures: F | undefined;
  let watching: Promise<void> = Promise.resolve();
  let withdraw: (() => void)[] = [];

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      figures = await read().catch((error: unknown) => {
        onFailure(error);
        return undefined;
      });
      await clock.sleep(everyMs, stopping.signal).catch(() => undefined);
    }
  }

  return defineService({
    name,
    async start() {
      withdraw = gauges.map(([gauge, figureOf]) =>
        gauge.observeFrom(() => (figures === undefined ? [] : [[{}, figureOf(figures)]])),
      );
      watching = watch();
    },
    async stop() {
      stopping.abort();
      for (const each of withdraw) each();
      await watching;
    },
    health: () => ({ ready: true }),
  });
}
