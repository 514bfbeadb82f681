import { randomBytes } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { PostgresBinaries } from './locate-postgres.ts';
import { canReach, type ServerUser } from './server-user.ts';

/** Holds what another user must reach while the checkout or the data folder stands under a closed one such as /root. */
const systemStateFolder = '/var/lib/wam';

/** Stands in the asked-for data folder and names the folder that is used in its place; the other one points back. */
const pointerFile = 'MOVED_TO';
const backPointerFile = 'MOVED_FROM';

/**
 * The folder that holds the data: `dataDir` itself, or a system folder when `user` cannot reach `dataDir`. The pointer
 * in `dataDir` names that folder, so whoever deletes the data folder starts afresh, and whoever moves it keeps the data.
 */
export function reachableDataDir(dataDir: string, user: ServerUser | undefined): string {
  mkdirSync(dataDir, { recursive: true });
  const alreadyMoved = movedDataDir(dataDir);
  if (alreadyMoved !== undefined) return alreadyMoved;
  if (user === undefined || canReach(user, dataDir)) return dataDir;
  removeForgotten();
  const moved = join(systemStateFolder, `${basename(dataDir)}-${randomBytes(8).toString('hex')}`);
  mkdirSync(moved, { recursive: true });
  const pointer = join(dataDir, pointerFile);
  writeFileSync(join(moved, backPointerFile), `${pointer}\n`);
  writeFileSync(pointer, `${moved}\n`);
  return moved;
}

/** Where the data of this folder stands instead, when an earlier start had to move it. */
export function movedDataDir(dataDir: string): string | undefined {
  const pointer = join(dataDir, pointerFile);
  return existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : undefined;
}

/** Deletes the data of temporary folders that are gone. A folder elsewhere may only be unmounted: its data stays. */
function removeForgotten(): void {
  if (!existsSync(systemStateFolder)) return;
  for (const name of readdirSync(systemStateFolder)) {
    const moved = join(systemStateFolder, name);
    const backPointer = join(moved, backPointerFile);
    if (!existsSync(backPointer)) continue;
    const pointer = readFileSync(backPointer, 'utf8').trim();
    if (pointer.startsWith(join(tmpdir(), '/')) && !existsSync(pointer))
      rmSync(moved, { recursive: true, force: true });
  }
}

/** The binaries themselves, or a copy of them (60 MB, made once per version) where `user` can reach it. */
export function reachableBinaries(binaries: PostgresBinaries, user: ServerUser | undefined): PostgresBinaries {
  if (user === undefined || canReach(user, join(binaries.binFolder, 'postgres'))) return binaries;
  const root = join(systemStateFolder, `postgres-${binaries.version}-${process.arch}`);
  if (!existsSync(root)) {
    mkdirSync(systemStateFolder, { recursive: true });
    const unfinished = mkdtempSync(join(systemStateFolder, 'copying-'));
    const copy = join(unfinished, 'native');
    cpSync(binaries.root, copy, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(copy, root);
    } catch (error) {
      if (!existsSync(root)) throw error; // else another start was faster, with the same files
    }
    rmSync(unfinished, { recursive: true, force: true });
  }
  return { ...binaries, root, binFolder: join(root, basename(binaries.binFolder)) };
}
