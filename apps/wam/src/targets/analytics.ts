import { createAnalytics, loadAnalyticsConfig } from '@wam/analytics';
import type { Target } from './target.ts';

export const target: Target = {
  load(env) {
    const config = loadAnalyticsConfig(env);
    return (deps) => createAnalytics(config, deps);
  },
};
