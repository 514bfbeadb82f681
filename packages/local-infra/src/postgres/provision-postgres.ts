import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { linkLibraries, missingLibraryLinks } from './embedded-libraries.ts';
import { embeddedPackageRoot, locatePostgres } from './locate-postgres.ts';

/**
 * Makes sure that there is a Postgres to run.
 *
 * @param options.url `DATABASE_URL`
 * @returns one line that says which.
 * @throws with one line that says what is wrong and what to do.
 */
export async function provisionPostgres({ url }: { readonly url: string | undefined }): Promise<string> {
  if (url !== undefined && url !== '') return 'postgres: the one at DATABASE_URL';

  const packageRoot = embeddedPackageRoot();
  if (packageRoot !== undefined && missingLibraryLinks(packageRoot).length > 0) await linkLibraries(packageRoot);

  const found = locatePostgres();
  if (found === undefined) {
    throw new Error(
      `postgres: no package for ${process.platform}-${process.arch} and none installed. Install PostgreSQL 15 or newer ` +
        'so that "postgres" and "initdb" are on PATH, or set DATABASE_URL, and run the command again',
    );
  }
  const program = join(found.binFolder, 'postgres');
  try {
    execFileSync(program, ['--version'], { stdio: 'pipe', timeout: 10_000 });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n').at(-1) : String(error);
    throw new Error(
      `postgres: ${program} does not run on this machine (${reason}). Set DATABASE_URL to a running one`,
      {
        cause: error,
      },
    );
  }
  return `postgres: ${found.source === 'embedded' ? 'embedded ' : ''}${found.version} from ${found.source === 'embedded' ? 'node_modules' : found.binFolder}`;
}
