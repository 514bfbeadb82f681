import { createWebhooks, loadWebhooksConfig } from '@wam/webhooks';
import type { Target } from './target.ts';

export const target: Target = {
  load(env) {
    const config = loadWebhooksConfig(env);
    return (deps) => createWebhooks(config, deps);
  },
};
