/** `wam nats credentials`: a key for every user of the bus. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { busUserNames } from '@wam/contracts';
import { authorizationFile, createNkey } from '@wam/service-kit/nats';
import { UserError } from '../user-error.ts';

/**
 * Writes `<user>.seed` (for NATS_NKEY_SEED_FILE) and `authorization.conf` (to be included by nats-server).
 * @returns what to do next
 * @throws UserError rather than replacing keys that are in use
 */
export function writeNatsCredentials(folder: string): string {
  const path = resolve(folder);
  const authorization = join(path, 'authorization.conf');
  if (existsSync(authorization))
    throw new UserError(`${authorization} exists: its keys are in use; choose another folder`);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const keys = new Map(busUserNames.map((user) => [user, createNkey()]));
  for (const [user, { seed }] of keys)
    writeFileSync(join(path, `${user}.seed`), `${seed}\n`, { mode: 0o600, flag: 'wx' });
  const publicKeyOf = (user: (typeof busUserNames)[number]) => keys.get(user)?.publicKey ?? '';
  writeFileSync(
    authorization,
    authorizationFile((user) => ({ nkey: publicKeyOf(user) })),
  );
  return [
    `put ${authorization} beside the configuration of nats-server and include it there;`,
    `start each target with NATS_NKEY_SEED_FILE=${path}/<target>.seed,`,
    'wam prepare with prepare.seed, other commands with operator.seed',
  ].join('\n');
}
