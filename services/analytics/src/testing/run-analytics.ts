/** The service alone in a process of its own, for suites that kill it. Settings from the environment. */
import { createLogger, runUntilSignal } from '@wam/service-kit';
import { loadAnalyticsConfig } from '../config.ts';
import { createAnalytics } from '../create-analytics.ts';

const logger = createLogger({ service: 'analytics', level: 'fatal' });
await runUntilSignal(createAnalytics(loadAnalyticsConfig(process.env), { logger }), { logger });
