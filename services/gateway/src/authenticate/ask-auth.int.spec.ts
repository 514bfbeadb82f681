import { systemIds } from '@wam/service-kit';
import { connectNats, createRequester } from '@wam/service-kit/nats';
import { startTestNats } from '@wam/testkit';
import { expect, test } from 'vitest';
import { createAskAuth } from './ask-auth.ts';

test('auth that takes longer than it may is not waited for', async () => {
  await using nats = await startTestNats();
  const nc = await connectNats({ url: nats.url, name: 'spec' });
  // Somebody listens, and says nothing.
  nc.subscribe('req.auth.apiKey');
  await nc.flush();
  const askAuth = createAskAuth({ requester: createRequester(nc), ids: systemIds, timeoutMs: 100 });
  expect(await askAuth('apiKey', {})).toMatchObject({ ok: false, code: 'SERVICE_UNAVAILABLE' });
  await nc.close();
});
