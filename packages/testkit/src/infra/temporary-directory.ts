import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type TemporaryDirectory = AsyncDisposable & {
  readonly path: string;
  /** Deletes the folder and all in it. */
  readonly remove: () => Promise<void>;
};

/**
 * A new empty folder under the system's temporary folder. Other users may walk through it (mode 0711), because a
 * Postgres started by root runs as another user.
 */
export async function temporaryDirectory(prefix = 'wam-test-'): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(tmpdir(), prefix));
  await chmod(path, 0o711);
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 3 });
  return { path, remove, [Symbol.asyncDispose]: remove };
}
