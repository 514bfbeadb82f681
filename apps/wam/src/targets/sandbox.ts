/** The simulated WhatsApp network as a service: its own listener for the protocol, and control requests from the gateway. */
import { join, resolve } from 'node:path';
import {
  busSettings,
  composeOnStart,
  composeServices,
  defineService,
  loadConfig,
  type Service,
} from '@wam/service-kit';
import { connectBus, serveRequests } from '@wam/service-kit/nats';
import { createSandbox } from '@wam/whatsapp-sandbox';
import Type, { type Static } from 'typebox';
import { sandboxHandlers } from '../sandbox-control/handlers.ts';
import type { Target, TargetDeps } from './target.ts';

export const sandboxSettings = Type.Object({
  ...busSettings,
  WAM_DATA_DIR: Type.String({ default: '.wam', description: 'The network is kept in its folder `sandbox`' }),
  SANDBOX_HOST: Type.String({ default: '127.0.0.1', description: 'Address the simulated network listens on' }),
  SANDBOX_PORT: Type.Integer({
    default: 3900,
    minimum: 0,
    maximum: 65_535,
    description: 'Port of the simulated network; 0 is a free one',
  }),
});
type SandboxConfig = Readonly<Static<typeof sandboxSettings>>;

export const target: Target = {
  load(env) {
    const config = loadConfig(sandboxSettings, env);
    return (deps) => createSandboxService(config, deps);
  },
};

function createSandboxService(config: SandboxConfig, { logger }: TargetDeps): Service {
  return composeOnStart('sandbox', async (resources) => {
    const nats = await connectBus(config, 'sandbox');
    resources.defer(() => nats.drain());
    const sandbox = createSandbox({
      host: config.SANDBOX_HOST,
      port: config.SANDBOX_PORT,
      dataDir: join(resolve(config.WAM_DATA_DIR), 'sandbox'),
      logger,
    });
    const network = defineService({
      name: 'network',
      start: () => sandbox.start(),
      stop: () => sandbox.stop(),
      health: () => ({ ready: true }),
    });
    const requests = serveRequests(nats, { from: { service: 'sandbox' }, handlers: sandboxHandlers(sandbox), logger });
    return composeServices([network, requests], { logger, name: 'sandbox' });
  });
}
