import { ConfigError, type Env } from '@wam/service-kit';
import { expect, it } from 'vitest';
import { loadAll } from './collect-faults.ts';
import {
  defaultNetworkOf,
  engineEnvironment,
  loadLauncherConfig,
  partsEnvironment,
  placeholderFacts,
} from './config.ts';

const facts = { ...placeholderFacts, databaseUrl: 'postgres://own', natsUrl: 'nats://own', sandboxPort: 4111 };
const merged = (env: Env) => partsEnvironment(env, loadLauncherConfig(env), facts);

it('an empty environment is a complete development installation on the sandbox', () => {
  expect(merged({})).toMatchObject({
    WAM_MODE: 'development',
    WAM_DEFAULT_NETWORK: 'sandbox',
    DEFAULT_PLAN: 'enterprise',
    PORT: '3000',
    DATABASE_URL: 'postgres://own',
    NATS_URL: 'nats://own',
    SANDBOX_PORT: '4111',
  });
});

it('what an operator set reaches every part', () => {
  const env = { PORT: '0', WAM_DEFAULT_NETWORK: 'whatsapp', DEFAULT_PLAN: 'growth', ACCESS_TOKEN_TTL: '1h' };
  expect(merged(env)).toMatchObject(env);
});

it('production has neither the sandbox nor the largest plan by default', () => {
  expect(merged({ WAM_MODE: 'production' })).toMatchObject({ WAM_DEFAULT_NETWORK: 'whatsapp', DEFAULT_PLAN: 'trial' });
  expect(defaultNetworkOf(loadLauncherConfig({ WAM_MODE: 'production', WAM_DEFAULT_NETWORK: 'sandbox' }))).toBe(
    'sandbox',
  );
});

it('the engine of the sandbox finds the sandbox of this installation, the other one the real network', () => {
  expect(engineEnvironment(merged({}), 'sandbox', 4111)).toMatchObject({
    WAM_NETWORK: 'sandbox',
    WHATSAPP_URL: 'ws://127.0.0.1:4111/ws/chat',
    DATABASE_URL: 'postgres://own',
  });
  expect(engineEnvironment(merged({}), 'whatsapp', 4111)).not.toHaveProperty('WHATSAPP_URL');
});

it('a secret given as a file does not meet its value again', () => {
  const env = { WAM_KEK_FILE: '/run/secrets/kek' };
  expect(partsEnvironment(env, loadLauncherConfig({}), facts)).not.toHaveProperty('WAM_KEK_FILE');
});

it('all faults of all parts are told at once, each once', () => {
  const first = () => loadLauncherConfig({ PORT: 'x', WAM_MODE: 'y' });
  const second = () => loadLauncherConfig({ PORT: 'x', SANDBOX_PORT: '-1' });
  let told: unknown;
  try {
    loadAll([first, () => loadLauncherConfig({}), second]);
  } catch (error) {
    told = error;
  }
  expect(told).toBeInstanceOf(ConfigError);
  expect((told as ConfigError).faults.map((fault) => fault.variable)).toEqual(['PORT', 'WAM_MODE', 'SANDBOX_PORT']);
});
