import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  dependenciesOnServices,
  divergingVersions,
  emptyNamesIn,
  type Lockfile,
  type Manifest,
  manifestFaults,
  missingFromLockfile,
  unpinnedDependencies,
  type Workspace,
  withoutIntegrity,
} from './architecture-rules.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const exists = (path: string): boolean => existsSync(join(root, path));
const readJson = <T>(path: string): T => JSON.parse(readFileSync(join(root, path), 'utf8')) as T;

const workspaces = ['packages', 'services', 'apps'].flatMap((kind) =>
  readdirSync(join(root, kind))
    .map((name) => `${kind}/${name}`)
    .filter((folder) => exists(`${folder}/package.json`))
    .map((folder): Workspace => ({ folder, manifest: readJson<Manifest>(`${folder}/package.json`) })),
);
const rootWorkspace: Workspace = { folder: 'package.json', manifest: readJson<Manifest>('package.json') };
const lockfile = readJson<Lockfile>('package-lock.json');

describe('this tree', () => {
  test('has no folder or file whose name says nothing', () => {
    expect(emptyNamesIn(sourcePaths(root))).toEqual([]);
  });

  test('pins every dependency to one exact version, the same in every workspace', () => {
    expect([rootWorkspace, ...workspaces].flatMap(unpinnedDependencies)).toEqual([]);
    expect(divergingVersions([rootWorkspace, ...workspaces])).toEqual([]);
  });

  test('has workspaces that all describe themselves in the same way', () => {
    expect(workspaces.length).toBeGreaterThan(0);
    expect(workspaces.flatMap((workspace) => manifestFaults(workspace, exists))).toEqual([]);
  });

  test('has no package or service that depends on a service', () => {
    expect(dependenciesOnServices(workspaces)).toEqual([]);
  });

  test('has a lockfile that installs on every platform, with a checksum for all that is fetched here', () => {
    expect(missingFromLockfile(lockfile)).toEqual([]);
    expect(withoutIntegrity(lockfile)).toEqual([]);
  });
});

describe('the rules find', () => {
  const service: Workspace = { folder: 'services/auth', manifest: { name: '@wam/auth' } };

  test('empty names, in folders and in files', () => {
    expect(
      emptyNamesIn([
        'services/auth/src/utils/hash.ts',
        'packages/kit/src/helpers.spec.ts',
        'packages/kit/src/clock.ts',
      ]),
    ).toEqual(['services/auth/src/utils/hash.ts', 'packages/kit/src/helpers.spec.ts']);
  });

  test('ranges, tags and addresses in place of a version', () => {
    const dependencies = { a: '^1.2.3', b: 'latest', c: 'github:owner/c', d: '1.2.3', e: '7.0.0-rc14' };
    expect(unpinnedDependencies({ folder: 'packages/x', manifest: { dependencies } })).toHaveLength(3);
  });

  test('one library in two versions', () => {
    const one: Workspace = { folder: 'packages/one', manifest: { dependencies: { pg: '8.0.0' } } };
    const two: Workspace = { folder: 'packages/two', manifest: { devDependencies: { pg: '8.0.1' } } };
    expect(divergingVersions([one, two])).toEqual(['packages/two: pg is 8.0.1, but 8.0.0 in packages/one']);
  });

  test('a manifest that could be published, or exports what is not there', () => {
    const manifest = { name: 'thing', exports: { '.': './src/index.ts' } };
    expect(manifestFaults({ folder: 'packages/thing', manifest }, () => false)).toHaveLength(5);
  });

  test('a service that depends on a service, and not an app that does', () => {
    const dependencies = { '@wam/auth': '0.1.0' };
    const gateway: Workspace = { folder: 'services/gateway', manifest: { name: '@wam/gateway', dependencies } };
    const app: Workspace = { folder: 'apps/wam', manifest: { name: '@wam/cli', dependencies } };
    expect(dependenciesOnServices([service, gateway, app])).toEqual([
      'services/gateway depends on the service @wam/auth',
    ]);
  });

  test('an optional package that the lockfile forgot, and one without a checksum', () => {
    const packages = {
      'node_modules/tool': { version: '1.0.0', optionalDependencies: { 'tool-linux': '1.0.0', 'tool-mac': '1.0.0' } },
      'node_modules/tool/node_modules/tool-linux': { version: '1.0.0', integrity: 'sha512-x', optional: true },
    };
    expect(missingFromLockfile({ packages })).toEqual([
      { name: 'tool-mac', version: '1.0.0', wantedBy: 'node_modules/tool' },
    ]);
    expect(withoutIntegrity({ packages })).toEqual(['node_modules/tool']);
  });
});

/** Paths of all files of ours, relative to the root. */
function sourcePaths(folder: string): string[] {
  const skipped = new Set(['node_modules', '.git', '.wam', '.turbo', 'dist', '.venv']);
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !skipped.has(entry.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? sourcePaths(path) : [relative(root, path)];
    });
}
