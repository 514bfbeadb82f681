import { type Clock, createFigureWatch, type Service } from '@wam/service-kit';
import { projectionLag } from '../telemetry.ts';

const everyMs = 5_000;

/** Exports how far the read models of this process are behind the log. A standby knows nothing and exports nothing. */
export function createLagWatch(options: {
  readHead: () => Promise<number>;
  /** Where this process has projected to; undefined while it does not. */
  position: () => number | undefined;
  clock: Clock;
}): Service {
  const { readHead, position, clock } = options;
  return createFigureWatch<number>({
    name: 'lag watch',
    everyMs,
    async read() {
      const head = await readHead();
      const reached = position();
      return reached === undefined ? undefined : Math.max(0, head - reached);
    },
    // Whoever consumes from the bus tells of it.
    onFailure: () => undefined,
    gauges: [[projectionLag, (lag) => lag]],
    clock,
  });
}
