import { expect, test } from 'vitest';
import { majorVersion, nestedNpmEnvironment, staleDependencies } from './bootstrap-plan.mjs';

const installed = { packages: { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' } } };

test('dependencies are installed when there are none, or when npm was interrupted', () => {
  expect(staleDependencies(installed, undefined)).toBe('nothing installed yet');
});

test('dependencies that are what the lockfile says are left alone', () => {
  const workspaces = { '': {}, 'packages/b': { version: '0.1.0' } };
  expect(staleDependencies({ packages: { ...workspaces, ...installed.packages } }, installed)).toBeUndefined();
});

test('a package that is missing, in another version or with other content makes them stale', () => {
  const missing = { packages: { ...installed.packages, 'node_modules/@scope/new': { version: '1.0.0' } } };
  const newer = { packages: { 'node_modules/a': { version: '1.0.1', integrity: 'sha512-b' } } };
  const replaced = { packages: { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-c' } } };
  expect(staleDependencies(missing, installed)).toBe('@scope/new is missing');
  expect(staleDependencies(newer, installed)).toBe('a changed to 1.0.1');
  expect(staleDependencies(replaced, installed)).toBe('a changed to 1.0.0');
});

test('a new workspace makes them stale, because its link is missing', () => {
  const added = { packages: { ...installed.packages, 'node_modules/@wam/new': { link: true } } };
  expect(staleDependencies(added, installed)).toBe('@wam/new is missing');
});

test('an optional package of another platform may be missing', () => {
  const foreign = {
    packages: { ...installed.packages, 'node_modules/x-darwin': { version: '1.0.0', optional: true } },
  };
  expect(staleDependencies(foreign, installed)).toBeUndefined();
});

test('a nested npm is told nothing of the command that started it, and keeps how to reach the registry', () => {
  const environment = {
    HOME: '/home/me',
    PATH: '/clone/node_modules/.bin:/node_modules/.bin:/usr/bin',
    npm_command: 'run-script',
    npm_lifecycle_event: 'prestart',
    npm_package_name: 'wamessenger',
    npm_config_local_prefix: '/clone',
    npm_config_ignore_scripts: 'true',
    npm_config_omit: 'optional',
    npm_config_registry: 'https://registry.example',
    npm_config_cafile: '/etc/ca.pem',
  };
  expect(nestedNpmEnvironment(environment, '/clone/node_modules')).toEqual({
    HOME: '/home/me',
    PATH: '/node_modules/.bin:/usr/bin',
    npm_config_registry: 'https://registry.example',
    npm_config_cafile: '/etc/ca.pem',
  });
});

test('the major version is the first number, with or without v', () => {
  expect(majorVersion('v24.21.0')).toBe(24);
  expect(majorVersion('9.1.2')).toBe(9);
  expect(majorVersion('nonsense')).toBeNaN();
});
