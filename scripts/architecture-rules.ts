// The rules of the tree that a linter cannot see, as pure functions: each returns its violations, one line each.

export type Manifest = {
  readonly name?: string;
  readonly private?: boolean;
  readonly type?: string;
  readonly license?: string;
  readonly version?: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};

/** A workspace: its folder relative to the root, such as `services/auth`, and its package.json. */
export type Workspace = { readonly folder: string; readonly manifest: Manifest };

export type Lockfile = { readonly packages: Readonly<Record<string, LockedPackage>> };
type LockedPackage = {
  readonly version?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly optional?: boolean;
  readonly os?: string | readonly string[];
  readonly cpu?: string | readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};

const emptyNames = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'misc', 'shared']);

/** Names that say nothing about what is inside. */
export function emptyNamesIn(paths: readonly string[]): string[] {
  return paths.filter((path) => path.split('/').some((part) => emptyNames.has(part.split('.')[0] ?? '')));
}

/** Ranges would install other code on another day. */
export function unpinnedDependencies({ folder, manifest }: Workspace): string[] {
  return Object.entries(allDependencies(manifest))
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([name, version]) => `${folder}: ${name} is ${version}, not one exact version`);
}

/** Two versions of one library in one process. */
export function divergingVersions(workspaces: readonly Workspace[]): string[] {
  const chosen = new Map<string, { version: string; folder: string }>();
  return workspaces.flatMap(({ folder, manifest }) =>
    Object.entries(allDependencies(manifest)).flatMap(([name, version]) => {
      const first = chosen.get(name);
      if (first === undefined) chosen.set(name, { version, folder });
      return first === undefined || first.version === version
        ? []
        : [`${folder}: ${name} is ${version}, but ${first.version} in ${first.folder}`];
    }),
  );
}

/** What every workspace's package.json says in the same way. */
export function manifestFaults({ folder, manifest }: Workspace, exists: (path: string) => boolean): string[] {
  const faults: string[] = [];
  if (!/^@wam\/[a-z-]+$/.test(manifest.name ?? '')) faults.push(`name is ${manifest.name}, not @wam/<name>`);
  if (manifest.private !== true) faults.push('not private: it could be published by mistake');
  if (manifest.type !== 'module') faults.push('type is not "module"');
  if (manifest.license !== 'GPL-3.0-or-later') faults.push(`license is ${manifest.license}`);
  for (const target of Object.values(manifest.exports ?? {})) {
    const [upToWildcard = ''] = target.split('*');
    if (!exists(`${folder}/${upToWildcard}`)) faults.push(`exports ${target}, which is not there`);
  }
  return faults.map((fault) => `${folder}: ${fault}`);
}

/** Services meet in contracts, over NATS; packages know no service. Only apps compose them. */
export function dependenciesOnServices(workspaces: readonly Workspace[]): string[] {
  const services = new Set(
    workspaces.filter(({ folder }) => folder.startsWith('services/')).map(({ manifest }) => manifest.name ?? ''),
  );
  return workspaces
    .filter(({ folder }) => !folder.startsWith('apps/'))
    .flatMap(({ folder, manifest }) =>
      Object.keys(allDependencies(manifest))
        .filter((name) => services.has(name))
        .map((name) => `${folder} depends on the service ${name}`),
    );
}

/**
 * Optional packages that npm left out of the lockfile, because the registry it asked had no copy for that platform.
 * `npm ci` (npm 11) then refuses the lockfile on every machine behind such a registry.
 */
export function missingFromLockfile(lockfile: Lockfile): { name: string; version: string; wantedBy: string }[] {
  return Object.entries(lockfile.packages).flatMap(([path, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => !resolves(lockfile, path, name))
      .map(([name, version]) => ({ name, version, wantedBy: path })),
  );
}

/** Installed from the registry without a checksum. Programs for other platforms may lack one, see missingFromLockfile. */
export function withoutIntegrity(lockfile: Lockfile): string[] {
  return Object.entries(lockfile.packages)
    .filter(([path, entry]) => path.includes('node_modules/') && entry.link !== true && entry.integrity === undefined)
    .filter(([, entry]) => !(entry.optional === true && entry.os !== undefined))
    .map(([path]) => path);
}

function resolves(lockfile: Lockfile, from: string, name: string): boolean {
  for (let base = from; ; base = base.slice(0, Math.max(base.lastIndexOf('/node_modules/'), 0))) {
    if (lockfile.packages[`${base === '' ? '' : `${base}/`}node_modules/${name}`] !== undefined) return true;
    if (base === '') return false;
  }
}

function allDependencies(manifest: Manifest): Record<string, string> {
  return { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
}
