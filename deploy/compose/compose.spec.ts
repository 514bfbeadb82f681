import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { settingsRead } from '../../apps/wam/src/commands/settings.ts';
import { targetNames } from '../../apps/wam/src/targets/target.ts';

interface ComposeService {
  image: string;
  command?: string[];
  environment?: Record<string, string | number>;
  secrets?: string[];
  volumes?: string[];
  networks?: string[];
  depends_on?: Record<string, unknown>;
  read_only?: boolean;
  stop_grace_period?: string;
  user?: string;
  cap_drop?: string[];
}
interface ComposeFile {
  services: Record<string, ComposeService>;
  networks: Record<string, unknown>;
  volumes: Record<string, unknown>;
  secrets: Record<string, { file: string }>;
}

const compose = parse(readFileSync(new URL('compose.yaml', import.meta.url), 'utf8'), { merge: true }) as ComposeFile;
const services = Object.entries(compose.services);
const ours = services.filter(([, { image }]) => image.startsWith('wamessenger:'));

/** What a container of ours runs: a target, or `prepare`. */
const targetOf = ({ command = [] }: ComposeService): string =>
  command.find((word) => word.startsWith('--target='))?.slice('--target='.length) ?? command[0] ?? '';

test('every target runs', () => {
  expect(new Set(ours.map(([, service]) => targetOf(service)))).toEqual(new Set(['prepare', ...targetNames]));
});

test('every variable is a setting of the target it is given to', () => {
  const unknown = ours.flatMap(([name, service]) => {
    const known = settingsRead(targetOf(service)).flatMap((variable) => [variable, `${variable}_FILE`]);
    return Object.keys(service.environment ?? {})
      .filter((variable) => !known.includes(variable))
      .map((variable) => `${name}: ${variable}`);
  });
  expect(unknown).toEqual([]);
});

test('secrets come as files, and each file that is read is mounted', () => {
  for (const [name, { environment = {}, secrets = [] }] of ours) {
    expect(Object.keys(environment), name).not.toEqual(expect.arrayContaining(['DATABASE_URL']));
    expect(Object.keys(environment), name).not.toEqual(expect.arrayContaining(['WAM_KEK']));
    const read = Object.entries(environment).filter(([variable]) => variable.endsWith('_FILE'));
    expect(new Set(read.map(([, path]) => path)), name).toEqual(
      new Set(secrets.map((secret) => `/run/secrets/${secret}`)),
    );
  }
});

test('names lead to what is declared, mounted files are there, images have a version', () => {
  for (const [name, { image, networks = [], secrets = [], volumes = [], depends_on = {} }] of services) {
    expect(image, name).toMatch(/:v?\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
    expect(Object.keys(compose.networks), name).toEqual(expect.arrayContaining(networks));
    expect(Object.keys(compose.secrets), name).toEqual(expect.arrayContaining(secrets));
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
