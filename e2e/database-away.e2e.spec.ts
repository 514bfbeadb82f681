import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createClient } from '@wam/client';
import { operationList } from '@wam/contracts';
import { startLocalPostgres } from '@wam/local-infra';
import { startTestNats } from '@wam/testkit';
import { expect, it } from 'vitest';
import { requestOf, unknownIds } from './access-matrix/rows.ts';
import { startPlatform, temporaryFolder, until } from './platform.ts';

const recipient = '919812350002';
it('while the database is away every operation says so, nothing is taken that could be lost, and all goes on when it is back', async () => {
  await using folder = await temporaryFolder();
  await using cleanUp = new AsyncDisposableStack();
  const bus = await startTestNats();
  cleanUp.defer(() => bus.stop());
  const start = (port?: number) =>
    startLocalPostgres({
      dataDir: join(folder.path, 'database'),
      logFile: join(folder.path, 'database.log'),
      durable: false,
      ...(port === undefined ? {} : { port }),
    });
  let postgres = await start();
  cleanUp.defer(() => postgres.stop());
  await using platform = await startPlatform(folder.path, {
    NATS_URL: bus.url,
    DATABASE_URL: postgres.url,
    WAM_KEK: randomBytes(32).toString('base64'),
    RATE_LIMIT_GENERAL: '1000000/1m',
    RATE_LIMIT_LOGIN: '1000000/1m',
  });
  const { client, ready } = platform;
  const params = { sessionId: ready.sessionId };
  await client.sendMessage({ params, body: { to: recipient, message: 'before' } });

  await postgres.stop();
  const answers = await Promise.all(
    operationList
      .filter(({ path, route }) => !path.startsWith('/sandbox/') && route.via !== 'feed')
      .map(async (operation) => {
        // Of no account: an answer without the database would be none about a thing.
        const { method, path, body } = requestOf(operation, unknownIds);
        const { route } = operation;
        const [contentType, content] =
          route.via === 'upload'
            ? [route.contentTypes[0]!, route.example]
            : ['application/json', body === undefined ? undefined : JSON.stringify(body)];
        const response = await fetch(`${platform.url}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${ready.token}`,
            ...(content === undefined ? {} : { 'content-type': contentType }),
          },
          ...(content === undefined ? {} : { body: content }),
        });
        const answer = (await response.json().catch(() => ({}))) as { code?: string };
        return { operation: operation.id, status: response.status, code: answer.code };
      }),
  );
  for (const answer of answers) expect(answer).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
  const refused = createClient({ baseUrl: platform.url, token: ready.token, retries: 0 });
  await expect(refused.sendMessage({ params, body: { to: recipient, message: 'meanwhile' } })).rejects.toMatchObject({
    status: 503,
    code: 'SERVICE_UNAVAILABLE',
  });

  postgres = await start(postgres.port);
  await until('sending again', () =>
    refused.sendMessage({ params, body: { to: recipient, message: 'after' } }).catch(() => undefined),
  );
  const { messages } = await client.getInbox({ params: { number: recipient } });
  expect(messages.map(({ text }) => text)).toEqual(['before', 'after']);
}, 120_000);
