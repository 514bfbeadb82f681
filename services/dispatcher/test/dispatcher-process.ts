/** A dispatcher in a process of its own, to be killed. */
import { createLogger } from '@wam/service-kit';
import { createDispatcher, loadDispatcherConfig } from '../src/index.ts';

const logger = createLogger({ service: 'dispatcher', level: 'warn', destination: process.stderr });
await createDispatcher(loadDispatcherConfig(process.env), { logger }).start();
process.once('disconnect', () => process.exit());
process.send?.('ready');
