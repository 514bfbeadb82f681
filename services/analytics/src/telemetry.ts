/** What analytics counts. */
import { defineCounter, defineGauge } from '@wam/service-kit';

const projected = defineCounter({ name: 'wam_projected_events_total', help: 'Events folded into the read models' });

/** How many events the log has that the read models have not. */
export const projectionLag = defineGauge({
  name: 'wam_projection_lag_events',
  help: 'Events of the log that are not in the read models yet',
});

export function eventsProjected(count: number): void {
  projected.add({}, count);
}
