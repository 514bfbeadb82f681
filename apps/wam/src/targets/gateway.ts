import { fileURLToPath } from 'node:url';
import { createGateway, type Gateway, loadGatewayConfig } from '@wam/gateway';
import type { HealthRegistry } from '@wam/service-kit';
import { messageKeyOf } from '../message-key.ts';
import type { Target, TargetDeps } from './target.ts';

const dashboard = fileURLToPath(new URL('../../../dashboard/public', import.meta.url));

export interface GatewayTargetDeps extends TargetDeps {
  /** What /readyz tells besides the gateway's own state. */
  health?: HealthRegistry;
}

export const target = {
  load(env) {
    const isGiven = env.WAM_MESSAGE_KEY !== undefined || env.WAM_MESSAGE_KEY_FILE !== undefined;
    const WAM_MESSAGE_KEY = isGiven ? undefined : messageKeyOf(env);
    const config = loadGatewayConfig({ ...env, ...(WAM_MESSAGE_KEY === undefined ? {} : { WAM_MESSAGE_KEY }) });
    return (deps: GatewayTargetDeps) => createGateway(config, { ...deps, staticDir: dashboard });
  },
} satisfies Target<Gateway>;
