/** What the dispatcher tells of its lanes. The figures are of the database: every process says the same. */
import { defineGauge } from '@wam/service-kit';

export const dueLanes = defineGauge({
  name: 'wam_dispatch_due_lanes',
  help: 'Sessions of campaigns that may send now and have not had their turn',
});
export const oldestDue = defineGauge({
  name: 'wam_dispatch_oldest_due_seconds',
  help: 'For how long the longest of them has been waiting for its turn',
});
export const outstandingMessages = defineGauge({
  name: 'wam_dispatch_outstanding',
  help: 'Messages of campaigns that engines were given and have not ended',
});
