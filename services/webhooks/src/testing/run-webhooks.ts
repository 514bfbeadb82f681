/** The service alone in a process of its own, for suites that kill it. Settings from the environment. */
import { createLogger, runUntilSignal } from '@wam/service-kit';
import { loadWebhooksConfig } from '../config.ts';
import { createWebhooks } from '../create-webhooks.ts';

const logger = createLogger({ service: 'webhooks', level: 'fatal' });
await runUntilSignal(createWebhooks(loadWebhooksConfig(process.env), { logger }), { logger });
