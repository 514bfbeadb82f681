import { join } from 'node:path';
import { localNatsUrl } from '@wam/local-infra';
import type { Env } from '@wam/service-kit';
import { connectNats, type NatsConnection } from '@wam/service-kit/nats';
import { loadLauncherConfig } from '../config.ts';
import { UserError } from '../user-error.ts';

/**
 * Runs something for an operator on NATS_URL, or on the server of the platform that runs on WAM_DATA_DIR: the right to be there is
 * the right to ask.
 * @throws UserError when nothing runs there
 */
export async function onBus<T>(env: Env, run: (nats: NatsConnection) => Promise<T>): Promise<T> {
  const { NATS_URL, WAM_DATA_DIR } = loadLauncherConfig(env);
  const url = NATS_URL ?? localNatsUrl(join(WAM_DATA_DIR, 'nats'));
  if (url === undefined) throw new UserError(`no platform runs on ${WAM_DATA_DIR}; start it, or set NATS_URL`);
  const nats = await connectNats({ url, name: 'operator' });
  try {
    return await run(nats);
  } finally {
    await nats.close();
  }
}
