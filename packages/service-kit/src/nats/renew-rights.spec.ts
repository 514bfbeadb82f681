import { busUserNames } from '@wam/contracts';
import { describe, expect, it } from 'vitest';
import {
  type AuthorizedUser,
  authorizationFile,
  credentialLine,
  parseAuthorization,
  passwordVariableOf,
  printAuthorization,
} from './authorization-file.ts';
import { permissionsOf } from './permissions.ts';
import { renewRights } from './renew-rights.ts';

const present = (): AuthorizedUser[] => parseAuthorization(authorizationFile((user) => ({ nkey: `U_${user}` }))) ?? [];
const renew = (users: AuthorizedUser[], exact = false) =>
  renewRights(users, { exact, newCredential: (user) => credentialLine(user, { nkey: `NEW_${user}` }) });
/** The users of a release whose gateways needed less, and something that this one does not need. */
const earlier = (): AuthorizedUser[] =>
  present().map((user) =>
    user.name === 'gateway'
      ? { ...user, permissions: { publish: ['cmd.>', 'old.>'], subscribe: user.permissions.subscribe.slice(1) } }
      : user,
  );
const rightsOf = (users: AuthorizedUser[], name: string) => users.find((user) => user.name === name)?.permissions;

describe('the file of the users of the bus', () => {
  it('is read as it was written, with nkeys and with passwords', () => {
    for (const file of [
      authorizationFile((user) => ({ nkey: `U_${user}` })),
      authorizationFile((user) => ({ password: passwordVariableOf(user) })),
      authorizationFile(() => ({ password: 'a "quoted" # one' })),
    ]) {
      const users = parseAuthorization(file);
      expect(users?.map(({ name }) => name)).toEqual(busUserNames);
      expect(printAuthorization(users ?? [])).toBe(file);
    }
  });
  it('is not read when there is something else in it, which would be lost', () => {
    const file = authorizationFile((user) => ({ nkey: `U_${user}` }));
    expect(parseAuthorization(file.replace('  users = [', '  timeout: 2\n  users = ['))).toBeUndefined();
    expect(parseAuthorization(`${file}\nmax_payload: 1\n`)).toBeUndefined();
    expect(parseAuthorization(file.replace('publish { allow: [', 'publish { deny: ['))).toBeUndefined();
    expect(parseAuthorization('')).toBeUndefined();
  });
});

describe('renewing rights', () => {
  it('changes nothing where they are those of the release', () => {
    expect(renew(present())).toEqual({ users: present(), newUsers: [], added: [], unneeded: [] });
  });
  it('adds what is missing, keeps every credential, and leaves what an earlier release may need', () => {
    const { users, added, unneeded } = renew(earlier());
    expect(users.map(({ credential }) => credential)).toEqual(present().map(({ credential }) => credential));
    expect(rightsOf(users, 'gateway')?.publish).toEqual([...permissionsOf('gateway').publish, 'old.>']);
    expect(rightsOf(users, 'gateway')?.subscribe).toEqual(permissionsOf('gateway').subscribe);
    expect(added).toContain('gateway may publish own.>');
    expect(added).toContain('gateway may listen to _INBOX_gateway.>');
    expect(unneeded).toEqual(['gateway may publish old.>']);
  });
  it('takes away what is not needed when that is asked for', () => {
    expect(renew(earlier(), true).users).toEqual(present());
  });
  it('gives a new user a key, and leaves users of another release alone', () => {
    const other = { name: 'archiver', credential: 'nkey: UX', permissions: { publish: ['x'], subscribe: [] } };
    const { users, newUsers } = renew([...present().filter(({ name }) => name !== 'sandbox'), other], true);
    expect(newUsers).toEqual(['sandbox']);
    expect(users).toContainEqual(other);
    expect(users.at(-1)).toEqual({
      name: 'sandbox',
      credential: 'nkey: NEW_sandbox',
      permissions: permissionsOf('sandbox'),
    });
  });
  it('gives both of two keys of a user its rights', () => {
    const twice = [...earlier(), { ...earlier()[0]!, credential: 'nkey: SECOND' }];
    const { users } = renew(twice);
    expect(users.filter(({ name }) => name === 'gateway').map(({ credential }) => credential)).toEqual([
      'nkey: U_gateway',
      'nkey: SECOND',
    ]);
    expect(users.at(-1)?.permissions).toEqual(users[0]?.permissions);
  });
  it('is marked by a right that changes with any other, and that the release before keeps', () => {
    const of = (name: 'operator' | 'prepare' | 'gateway') =>
      permissionsOf(name).publish.filter((subject) => subject.startsWith('rights.'));
    expect(of('operator')).toHaveLength(1);
    expect(of('prepare')).toEqual(of('operator'));
    expect(of('gateway')).toEqual([]);
  });
});
