/** For specs that compose services in their own process: a bus with its streams, a database, and settings under which no rate limit is met. */
import { randomBytes } from 'node:crypto';
import { connectNats, ensureStreams, type NatsConnection } from '@wam/service-kit/nats';
import { createTestDatabase, startTestNats } from '@wam/testkit';

/** @param resources what is started is stopped with them */
export async function startBusAndDatabase(
  resources: AsyncDisposableStack,
): Promise<{ nc: NatsConnection; env: Record<string, string> }> {
  const nats = await startTestNats();
  resources.defer(() => nats.stop());
  const database = await createTestDatabase();
  resources.defer(() => database.drop());
  const nc = await connectNats({ url: nats.url, name: 'spec' });
  resources.defer(() => nc.close());
  await ensureStreams(nc);
  const env = {
    PORT: '0',
    NATS_URL: nats.url,
    DATABASE_URL: database.url,
    WAM_KEK: randomBytes(32).toString('base64'),
    PUBLIC_URL: 'http://api.example.com',
    RATE_LIMIT_GENERAL: '1000000/1h',
    RATE_LIMIT_PLANS: 'none',
    RATE_LIMIT_AUTH: '1000000/1h',
  };
  return { nc, env };
}
