/** Every operation that names something, asked by its owner, by another tenant, and for something that does not exist. */
import { type Client, createClient } from '@wam/client';
import { type OperationDefinition, operationList } from '@wam/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkSession, type Platform, startPlatform, temporaryFolder, until } from '../platform.ts';
import { filters, type OwnedIds, ownedFieldsOf, ownedThings, requestOf, unknownIdLike } from './rows.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;
let owner: Account;
let stranger: Account;
let owned: OwnedIds;
let unknown: OwnedIds;
beforeAll(async () => {
  folder = await temporaryFolder();
  const unlimited = { RATE_LIMIT_GENERAL: '100000/15m', RATE_LIMIT_AUTH: '100000/15m' };
  platform = await startPlatform(folder.path, unlimited);
  [owner, stranger] = [await accountOf('owner@matrix.example'), await accountOf('stranger@matrix.example')];
  await linkSession(stranger.client);
  owned = await makeOneOfEach(owner.client);
  unknown = Object.fromEntries(ownedThings.map((thing) => [thing, unknownIdLike(owned[thing])])) as unknown as OwnedIds;
}, 90_000);
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

interface Account {
  client: Client;
  token: string;
}
async function accountOf(email: string): Promise<Account> {
  const client = createClient({ baseUrl: platform.url });
  const { token } = await client.register({ body: { email, password: 'securepassword123' } });
  client.useToken(token);
  return { client, token };
}

/** A linked session, a message of it that failed (which can be read and sent again), a campaign, an API key, a webhook that was told. */
async function makeOneOfEach(client: Client): Promise<OwnedIds> {
  const { sessionId } = await linkSession(client);
  const { webhookId } = await client.createWebhook({ body: { url: 'https://example.com/hook' } });
  const notThere = '19990000003';
  await client.sendMessage({ params: { sessionId }, body: { to: notThere, message: 'x' } }).catch(() => undefined);
  const messageId = await until('failed message', async () => {
    const { data } = await client.listMessages({ query: { recipient: notThere, status: 'failed' } });
    return data[0]?.messageId;
  });
  const { campaignId } = await client.bulkSend({
    body: { contacts: ['919876500301'], message: 'x', delay: 0, sessionId },
  });
  const { keyId } = await client.createApiKey({ body: { name: 'matrix' } });
  const deliveryId = await until('delivery', async () => {
    const { data } = await client.listWebhookDeliveries({ params: { webhookId } });
    return data[0]?.deliveryId;
  });
  return { sessionId, messageId, campaignId, keyId, webhookId, deliveryId };
}

async function ask(operation: OperationDefinition, { token }: Account, ids: OwnedIds) {
  const { method, path, body } = requestOf(operation, ids);
  const response = await fetch(platform.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const requestId = response.headers.get('x-request-id') ?? '';
  return { status: response.status, text: text.replaceAll(requestId, 'R') };
}

/** Ending things comes last: until then everything is there. */
const ends = ({ id, method }: OperationDefinition): number => Number(method === 'DELETE' || id === 'disconnectSession');
const naming = operationList
  .filter((operation) => ownedFieldsOf(operation).length > 0)
  .toSorted((a, b) => ends(a) - ends(b));

describe.each(naming.map((operation) => [operation.id, operation] as const))('%s', (_id, operation) => {
  it('tells another tenant, byte for byte, what it tells about something that does not exist', async () => {
    const [theirs, nobodys] = [await ask(operation, stranger, owned), await ask(operation, stranger, unknown)];
    const isFilter = ownedFieldsOf(operation).every(({ label }) => filters.includes(label));
    // The time of the question is part of some figures.
    const comparable = (text: string) => (isFilter ? text.replaceAll(/"to":"[^"]*"/g, '"to":"now"') : text);
    expect({ ...theirs, text: comparable(theirs.text) }).toEqual({ ...nobodys, text: comparable(nobodys.text) });
    if (!isFilter) expect(theirs).toMatchObject({ status: 404, text: expect.stringMatching(/_NOT_FOUND"/) });
    for (const id of Object.values(owned)) expect(theirs.text).not.toContain(id);
  });

  it('finds it for its owner', async () => {
    expect((await ask(operation, owner, owned)).text).not.toMatch(/_NOT_FOUND"/);
  });
});

it('no list, count or default shows a stranger anything of the owner', async () => {
  const looking = operationList.filter(({ method, auth }) => method === 'GET' && auth === 'account');
  for (const operation of looking) {
    const { text } = await ask(operation, stranger, unknown);
    for (const id of Object.values(owned)) expect(text, operation.id).not.toContain(id);
  }
});
