import { fileURLToPath } from 'node:url';
import { createGateway, type Gateway, loadGatewayConfig } from '@wam/gateway';
import type { HealthRegistry } from '@wam/service-kit';
import type { Target, TargetDeps } from './target.ts';

const dashboard = fileURLToPath(new URL('../../../dashboard/public', import.meta.url));

export interface GatewayTargetDeps extends TargetDeps {
  /** What /readyz tells besides the gateway's own state. */
  health?: HealthRegistry;
}

export const target = {
  load(env) {
    const config = loadGatewayConfig(env);
    return (deps: GatewayTargetDeps) => createGateway(config, { ...deps, staticDir: dashboard });
  },
} satisfies Target<Gateway>;
