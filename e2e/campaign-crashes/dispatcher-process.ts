/** A dispatcher whose minutes are shorter, in a process of its own, to be killed. */
import { createDispatcher, loadDispatcherConfig } from '@wam/dispatcher';
import { createLogger } from '@wam/service-kit';
import { createScaledClock } from './scaled-clock.ts';

const logger = createLogger({ service: 'dispatcher', level: 'fatal', destination: process.stderr });
const clock = createScaledClock(Number(process.env.CLOCK_ORIGIN_MS), Number(process.env.CLOCK_SPEED));
await createDispatcher(loadDispatcherConfig(process.env), { logger, clock }).start();
process.once('disconnect', () => process.exit());
process.send?.('ready');
