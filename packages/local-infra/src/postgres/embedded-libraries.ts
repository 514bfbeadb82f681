import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

type LibraryLink = { readonly source: string; readonly target: string };

/**
 * npm packages cannot hold symbolic links, so the package makes its library links in an install script. Where npm did
 * not run it (`--ignore-scripts`, or a release that blocks install scripts) Postgres does not start.
 *
 * @returns the links that do not exist yet; empty when the package is ready for use.
 */
export function missingLibraryLinks(packageRoot: string): string[] {
  const list = join(packageRoot, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const links = JSON.parse(readFileSync(list, 'utf8')) as LibraryLink[];
  return links.map((link) => link.target).filter((target) => !existsSync(join(packageRoot, target)));
}

/** Runs the package's own install script. */
export async function linkLibraries(packageRoot: string): Promise<void> {
  await promisify(execFile)(process.execPath, [join(packageRoot, 'scripts', 'hydrate-symlinks.js')], {
    cwd: packageRoot,
  });
}
