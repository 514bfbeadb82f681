import { type Clock, defineService, type Service } from '@wam/service-kit';
import { projectionLag } from '../telemetry.ts';

/** Compared this often: a scrape may not wait for the bus. */
const everyMs = 5_000;

/** Exports how far the read models of this process are behind the log. A standby knows nothing and exports nothing. */
export function createLagWatch(options: {
  readHead: () => Promise<number>;
  /** Where this process has projected to; undefined while it does not. */
  position: () => number | undefined;
  clock: Clock;
}): Service {
  const { readHead, position, clock } = options;
  const stopping = new AbortController();
  let lag: number | undefined;
  let watching: Promise<void> = Promise.resolve();
  let withdraw = (): void => {};

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      const head = await readHead().catch(() => undefined);
      const reached = position();
      lag = head === undefined || reached === undefined ? undefined : Math.max(0, head - reached);
      await clock.sleep(everyMs, stopping.signal).catch(() => undefined);
    }
  }

  return defineService({
    name: 'lag watch',
    async start() {
      withdraw = projectionLag.observeFrom(() => (lag === undefined ? [] : [[{}, lag]]));
      watching = watch();
    },
    async stop() {
      stopping.abort();
      withdraw();
      await watching;
    },
    health: () => ({ ready: true }),
  });
}
