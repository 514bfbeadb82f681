import { expect, test } from 'vitest';
import { chooseServerUser } from './server-user.ts';

const root = 'root:x:0:0:root:/root:/bin/bash';
const nobody = 'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin';
const postgres = 'postgres:x:101:104:PostgreSQL:/var/lib/postgresql:/bin/bash';

test('a plain user runs Postgres as itself', () => {
  expect(chooseServerUser(1000, [root, nobody, postgres].join('\n'))).toBeUndefined();
});

test('root runs Postgres as postgres where that account exists', () => {
  expect(chooseServerUser(0, [root, nobody, postgres].join('\n'))).toEqual({ name: 'postgres', uid: 101, gid: 104 });
});

test('root runs Postgres as nobody on a machine without a postgres account', () => {
  expect(chooseServerUser(0, [root, nobody].join('\n'))).toEqual({ name: 'nobody', uid: 65534, gid: 65534 });
});

test('without an account to run as, root is told so', () => {
  expect(() => chooseServerUser(0, root)).toThrow('neither "postgres" nor "nobody"');
});
