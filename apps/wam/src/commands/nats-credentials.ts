/** `wam nats credentials`: a key for every user of the bus, and what it may do. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { type BusUserName, busUserNames } from '@wam/contracts';
import {
  authorizationFile,
  createNkey,
  credentialLine,
  parseAuthorization,
  passwordVariableOf,
  printAuthorization,
  type RenewedRights,
  renewRights,
} from '@wam/service-kit/nats';
import { UserError } from '../user-error.ts';

/**
 * Writes `<user>.seed` (for NATS_NKEY_SEED_FILE) and `authorization.conf` (to be included by nats-server). Where that is there, its users keep their
 * keys or passwords and get the rights that this release needs.
 * @param exact takes away rights that this release does not need
 * @returns what was done, and what to do next
 */
export function writeNatsCredentials(folder: string, { exact = false } = {}): string {
  const path = resolve(folder);
  const authorization = join(path, 'authorization.conf');
  if (existsSync(authorization)) return renew(path, authorization, exact);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const publicKeys = new Map(busUserNames.map((user) => [user, makeKey(path, user)]));
  writeFileSync(
    authorization,
    authorizationFile((user) => ({ nkey: publicKeys.get(user) ?? '' })),
  );
  return [
    `put ${authorization} beside the configuration of nats-server and include it there;`,
    `start each target with NATS_NKEY_SEED_FILE=${path}/<target>.seed,`,
    'wam prepare with prepare.seed, other commands with operator.seed',
  ].join('\n');
}

const ownerOnly = 0o600;

/** @returns the public key. @throws rather than replacing a seed */
function makeKey(path: string, user: BusUserName, mode = ownerOnly): string {
  const { seed, publicKey } = createNkey();
  const file = join(path, `${user}.seed`);
  writeFileSync(file, `${seed}\n`, { mode: ownerOnly, flag: 'wx' });
  chmodSync(file, mode);
  return publicKey;
}

/** Whoever reads the seeds that are there, such as containers that have them mounted, shall read a new one too. */
function modeOfSeeds(path: string): number {
  const seed = readdirSync(path).find((name) => name.endsWith('.seed'));
  return seed === undefined ? ownerOnly : statSync(join(path, seed)).mode & 0o777;
}

function renew(path: string, authorization: string, exact: boolean): string {
  const text = readFileSync(authorization, 'utf8');
  const users = parseAuthorization(text);
  if (users === undefined)
    throw new UserError(
      `${authorization} has something in it that \`wam nats credentials\` did not write; take the lists over by hand from \`wam nats permissions\``,
    );
  const byPassword = users.some(({ credential }) => credential.startsWith('user:'));
  const newCredential = (user: BusUserName) =>
    credentialLine(
      user,
      byPassword ? { password: passwordVariableOf(user) } : { nkey: makeKey(path, user, modeOfSeeds(path)) },
    );
  const renewed = renewRights(users, { exact, newCredential });
  const next = printAuthorization(renewed.users);
  if (next === text)
    return [...listed(renewed, exact), 'nothing to do: every user has what this release needs'].join('\n');
  rmSync(`${authorization}.former`, { force: true }); // it may be read-only
  copyFileSync(authorization, `${authorization}.former`);
  overwrite(authorization, next);
  return [
    ...listed(renewed, exact),
    `renewed ${authorization}; the one before is ${authorization}.former`,
    ...then,
  ].join('\n');
}
const then = [
  'give it to each nats-server, and reload it (nats-server --signal reload, or SIGHUP): connections stay;',
  '`wam doctor` says whether the server it asks has the rights of this release',
];

function listed({ newUsers, added, unneeded }: RenewedRights, exact: boolean): string[] {
  const why = exact ? 'no longer' : 'still, for an earlier release (--exact takes it away)';
  return [
    ...newUsers.map((user) => `new user: ${user}`),
    ...added.map((right) => `now: ${right}`),
    ...unneeded.map((right) => `${why}: ${right}`),
  ];
}

/** In place, since a container may have this very file mounted. It may be read-only for its users. */
function overwrite(file: string, content: string): void {
  const { mode } = statSync(file);
  chmodSync(file, mode | 0o200);
  writeFileSync(file, content);
  chmodSync(file, mode);
}
