/** A dispatcher in a process of its own, to be killed, whose clock is as far ahead of ours as it was told last. */
import { createDispatcher, loadDispatcherConfig } from '@wam/dispatcher';
import { type Clock, createLogger, systemClock } from '@wam/service-kit';

let aheadMs = Number(process.env.CLOCK_AHEAD_MS);
process.on('message', (told: number) => {
  aheadMs = told;
});
const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
const logger = createLogger({ service: 'dispatcher', level: 'fatal', destination: process.stderr });
const dispatcher = createDispatcher(loadDispatcherConfig(process.env), { logger, clock });
await dispatcher.start();
process.once('SIGTERM', () => void dispatcher.stop().then(() => process.exit()));
process.once('disconnect', () => process.exit());
process.send?.('ready');
