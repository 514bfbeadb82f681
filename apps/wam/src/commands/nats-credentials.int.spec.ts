/** Rights of an earlier release, renewed under traffic on a real server. */
import { chmodSync, copyFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BusUserName, streams } from '@wam/contracts';
import { ConfigError, Secret } from '@wam/service-kit';
import {
  connectBus,
  createPublisher,
  hasRightsOfRelease,
  type NatsConnection,
  parseAuthorization,
  printAuthorization,
} from '@wam/service-kit/nats';
import { eventually, startTestNats, type TemporaryDirectory, type TestNats, temporaryDirectory } from '@wam/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { examineBus } from './doctor/examine-bus.ts';
import { writeNatsCredentials } from './nats-credentials.ts';
import { prepare } from './prepare.ts';

const former = (text: string): string =>
  printAuthorization(
    parseAuthorization(text)!.map((user) => ({
      ...user,
      permissions: {
        publish: user.permissions.publish.filter((subject) => !/^(rights|upl)\./.test(subject)).concat('old.>'),
        subscribe: user.permissions.subscribe.filter((subject) => subject !== 'gw.>'),
      },
    })),
  );
let folder: TemporaryDirectory;
let authorization: string;
let nats: TestNats;
const connections: NatsConnection[] = [];

const accessOf = (user: BusUserName) => ({
  NATS_URL: nats.url,
  NATS_NKEY_SEED: new Secret(readFileSync(join(folder.path, `${user}.seed`), 'utf8').trim()),
});
const environmentOf = (user: BusUserName) => ({
  NATS_URL: nats.url,
  NATS_NKEY_SEED_FILE: join(folder.path, `${user}.seed`),
});
async function connect(user: BusUserName): Promise<NatsConnection> {
  const nc = await connectBus(accessOf(user), user);
  connections.push(nc);
  return nc;
}
const rightsFinding = async () => (await examineBus(accessOf('operator'))).find(({ about }) => about === 'bus rights');

beforeAll(async () => {
  folder = await temporaryDirectory('wam-rights-');
  authorization = join(folder.path, 'authorization.conf');
  writeNatsCredentials(folder.path);
  // 2.9 looks beside the including file, whatever path is given.
  nats = await startTestNats({ configuration: `include ${'../'.repeat(20)}${authorization.slice(1)}\n` });
  await prepare(environmentOf('prepare'));
});
afterAll(async () => {
  await Promise.all(connections.map((nc) => nc.close()));
  await nats?.stop();
  await folder?.remove();
});

test('rights of an earlier release are told and refused, and renewed while messages flow: none is lost and no connection ends', async () => {
  expect(await rightsFinding()).toMatchObject({ state: 'ok' });
  const [operator, gateway] = [await connect('operator'), await connect('gateway')];
  const ends: string[] = [];
  for (const nc of [operator, gateway])
    void (async () => {
      for await (const { type } of nc.status()) if (/disconnect|close/.test(type)) ends.push(type);
    })();
  writeFileSync(authorization, former(readFileSync(authorization, 'utf8')));
  nats.reload();
  await eventually(async () => expect(await hasRightsOfRelease(operator)).toBe(false));
  expect(await rightsFinding()).toMatchObject({
    state: 'fault',
    remedy: expect.stringContaining('wam nats credentials'),
  });
  const refused = prepare(environmentOf('prepare'));
  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow('rights of another release');

  let stored = 0;
  let flowing = true;
  const publisher = createPublisher(gateway);
  const traffic = (async () => {
    while (flowing) await publisher.publish(`cmd.sandbox.1.ten.${stored}`, '{}', { msgId: String(stored++) });
  })();
  await eventually(() => expect(stored).toBeGreaterThan(20));

  const said = writeNatsCredentials(folder.path);
  expect(said).toContain('now: gateway may publish upl.>');
  expect(said).toContain('now: gateway may listen to gw.>');
  expect(said).toContain('still, for an earlier release (--exact takes it away): gateway may publish old.>');
  nats.reload();
  await eventually(async () => expect(await hasRightsOfRelease(operator)).toBe(true));
  const after = stored;
  await eventually(() => expect(stored).toBeGreaterThan(after + 20));
  flowing = false;
  await traffic;
  expect(await rightsFinding()).toMatchObject({ state: 'ok' });
  await prepare(environmentOf('prepare'));

  const heard = new Promise<string>((resolve) => {
    gateway.subscribe('gw.spec', { callback: (error, message) => resolve(error?.message ?? message.subject) });
  });
  gateway.publish('gw.spec');
  gateway.publish('upl.spec');
  expect(await heard).toBe('gw.spec');
  const count = await operator.request(`$JS.API.STREAM.INFO.${streams.commands.name}`);
  expect(count.json<{ state: { messages: number } }>().state.messages).toBe(stored);
  expect(ends).toEqual([]);
});

test('a renewal keeps the keys and the file before it, does nothing the second time, and exactly takes away what is left', () => {
  const file = () => readFileSync(authorization, 'utf8');
  const renewed = file();
  const formerFile = readFileSync(`${authorization}.former`, 'utf8');
  const credentials = (text: string) => parseAuthorization(text)?.map(({ credential }) => credential);
  expect(credentials(renewed)).toEqual(credentials(formerFile));
  expect(writeNatsCredentials(folder.path)).toContain('nothing to do');
  expect([file(), readFileSync(`${authorization}.former`, 'utf8')]).toEqual([renewed, formerFile]);
  expect(writeNatsCredentials(folder.path, { exact: true })).toContain('no longer: gateway may publish old.>');
  expect(file()).not.toContain('old.>');
});

test('the key of a new user may be read by whoever reads the others, and files that are read-only are renewed as often as needed', async () => {
  await using other = await temporaryDirectory('wam-rights-');
  const path = (name: string) => join(other.path, name);
  writeNatsCredentials(other.path);
  for (let release = 1; release <= 2; release++) {
    const users = parseAuthorization(readFileSync(path('authorization.conf'), 'utf8'))!;
    rmSync(path('webhooks.seed'));
    rmSync(path('authorization.conf'));
    writeFileSync(path('authorization.conf'), printAuthorization(users.filter(({ name }) => name !== 'webhooks')));
    for (const name of readdirSync(other.path)) chmodSync(path(name), 0o444);
    expect(writeNatsCredentials(other.path)).toContain('new user: webhooks');
    for (const name of readdirSync(other.path)) expect(statSync(path(name)).mode & 0o777, name).toBe(0o444);
  }
});

test('a file that somebody has added to is left as it is', async () => {
  await using other = await temporaryDirectory('wam-rights-');
  const copy = join(other.path, 'authorization.conf');
  copyFileSync(authorization, copy);
  writeFileSync(copy, `${readFileSync(copy, 'utf8')}\n# mine\nmax_connections: 10\n`);
  expect(() => writeNatsCredentials(other.path)).toThrow(/by hand/);
  expect(readFileSync(copy, 'utf8')).toContain('max_connections: 10');
});
