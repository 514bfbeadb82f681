import { join } from 'node:path';
import { localNatsUrl } from '@wam/local-infra';
import type { Env } from '@wam/service-kit';
import { connectBus, type NatsConnection } from '@wam/service-kit/nats';
import { loadLauncherConfig } from '../config.ts';
import { UserError } from '../user-error.ts';

/**
 * Runs something for an operator on NATS_URL, or on the server of the platform that runs on WAM_DATA_DIR: the right to be there is
 * the right to ask.
 * @throws UserError when nothing runs there
 */
export async function onBus<T>(env: Env, run: (nats: NatsConnection) => Promise<T>): Promise<T> {
  const config = loadLauncherConfig(env);
  const url = config.NATS_URL ?? localNatsUrl(join(config.WAM_DATA_DIR, 'nats'));
  if (url === undefined) throw new UserError(`no platform runs on ${config.WAM_DATA_DIR}; start it, or set NATS_URL`);
  const nats = await connectBus({ ...config, NATS_URL: url }, 'operator');
  try {
    return await run(nats);
  } finally {
    await nats.close();
  }
}
