/** What users of the bus have, brought to what this release needs. Pure. */
import { type BusUserName, busUserNames } from '@wam/contracts';
import type { AuthorizedUser } from './authorization-file.ts';
import { type NatsPermissions, permissionsOf } from './permissions.ts';

/** Lists that differ, as `gateway may publish cmd.>`. */
export type Right = string;

export interface RenewedRights {
  users: AuthorizedUser[];
  /** Users of this release that were not there. */
  newUsers: BusUserName[];
  added: Right[];
  /** There before, not needed by this release: an earlier one may need them. They are in `users`, unless `exact`. */
  unneeded: Right[];
}

/**
 * Every user keeps its credential, twice where it has two. Users that this release does not know stay as they are.
 * Rights are only added, so that processes of both releases work beside each other; `exact` takes away what this release does not need.
 */
export function renewRights(
  former: readonly AuthorizedUser[],
  { exact, newCredential }: { exact: boolean; newCredential: (user: BusUserName) => string },
): RenewedRights {
  const added: Right[] = [];
  const unneeded: Right[] = [];
  const kept = former.map((user): AuthorizedUser => {
    if (!isKnown(user.name)) return user;
    const { name, permissions: has } = user;
    const needs = permissionsOf(name);
    added.push(...rightsIn(name, without(needs, has)));
    const more = without(has, needs);
    unneeded.push(...rightsIn(name, more));
    return { ...user, permissions: exact ? needs : together(needs, more) };
  });
  const newUsers = busUserNames.filter((name) => !former.some((user) => user.name === name));
  const made = newUsers.map((name) => ({ name, credential: newCredential(name), permissions: permissionsOf(name) }));
  return { users: [...kept, ...made], newUsers, added, unneeded };
}

const isKnown = (name: string): name is BusUserName => (busUserNames as readonly string[]).includes(name);
const without = (lists: NatsPermissions, others: NatsPermissions): NatsPermissions => ({
  publish: lists.publish.filter((subject) => !others.publish.includes(subject)),
  subscribe: lists.subscribe.filter((subject) => !others.subscribe.includes(subject)),
});
const together = (lists: NatsPermissions, more: NatsPermissions): NatsPermissions => ({
  publish: [...lists.publish, ...more.publish],
  subscribe: [...lists.subscribe, ...more.subscribe],
});
const rightsIn = (name: string, { publish, subscribe }: NatsPermissions): Right[] => [
  ...publish.map((subject) => `${name} may publish ${subject}`),
  ...subscribe.map((subject) => `${name} may listen to ${subject}`),
];
