import type { Env } from '@wam/service-kit';
import { loadSessionEngineConfig } from '@wam/session-engine/config';
import { loadAll } from '../collect-faults.ts';
import { engineEnvironment } from '../config.ts';
import { target as analytics } from '../targets/analytics.ts';
import { target as auth } from '../targets/auth.ts';
import { target as dispatcher } from '../targets/dispatcher.ts';
import { target as gateway } from '../targets/gateway.ts';
import { target as sandbox } from '../targets/sandbox.ts';
import { target as webhooks } from '../targets/webhooks.ts';

export type Parts = ReturnType<typeof loadParts>;

/**
 * The parts that run in this process, ready to be built. The sandbox and the engines run in children, which read their
 * settings themselves; they are checked here, together with all others.
 * @throws ConfigError with every fault of every part at once
 */
export function loadParts(environment: Record<string, string>) {
  const ofEngine: Env = engineEnvironment(environment, 'sandbox', Number(environment.SANDBOX_PORT));
  const [createAuth, createAnalytics, createDispatcher, createWebhooks, createGateway] = loadAll([
    () => auth.load(environment),
    () => analytics.load(environment),
    () => dispatcher.load(environment),
    () => webhooks.load(environment),
    () => gateway.load(environment),
    () => sandbox.load(environment),
    () => loadSessionEngineConfig(ofEngine),
  ]);
  return { createAuth, createAnalytics, createDispatcher, createWebhooks, createGateway };
}
