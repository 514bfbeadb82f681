import { chmodSync, chownSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type ServerUser = { readonly name: string; readonly uid: number; readonly gid: number };

/**
 * Postgres refuses to run as root. When we are root it runs as an account without privileges that every system has:
 * `postgres` when a Postgres package made one, else `nobody`. `undefined` means: run it as ourselves.
 */
export function chooseServerUser(uid = process.getuid?.(), passwd = readPasswd()): ServerUser | undefined {
  if (uid !== 0) return undefined;
  const accounts = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , accountUid, gid]) => ({ name: name ?? '', uid: Number(accountUid), gid: Number(gid) }))
    .filter((account) => account.uid > 0 && Number.isInteger(account.gid));
  const chosen = ['postgres', 'nobody'].map((name) => accounts.find((account) => account.name === name)).find(Boolean);
  if (chosen !== undefined) return chosen;
  throw new Error('running as root, and /etc/passwd has neither "postgres" nor "nobody" to run Postgres as');
}

/** True when `user` may walk through every folder that leads to `path` and may read `path` itself, where it exists. */
export function canReach(user: ServerUser, path: string): boolean {
  const parent = dirname(path);
  if (parent !== path && !canReach(user, parent)) return false;
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return true;
  const wanted = stat.isDirectory() ? 0o1 : 0o4;
  const shift = stat.uid === user.uid ? 6 : stat.gid === user.gid ? 3 : 0;
  return ((stat.mode >> shift) & wanted) === wanted;
}

/** Gives a folder and all in it to `user`. */
export function giveTo(user: ServerUser, path: string): void {
  chownSync(path, user.uid, user.gid);
  if (!lstatSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) {
    const entry = join(path, name);
    if (!lstatSync(entry).isSymbolicLink()) giveTo(user, entry);
  }
}

/** Sets the mode that Postgres demands of its data folder. */
export function makePrivate(path: string): void {
  chmodSync(path, 0o700);
}

function readPasswd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}
