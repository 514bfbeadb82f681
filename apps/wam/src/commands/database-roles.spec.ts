import { expect, it } from 'vitest';
import { databaseUsers, literal, rolesSql, schemaOfTarget, storingTargets } from './database-roles.ts';

const script = rolesSql({ database: 'it"s', prefix: 'acme', passwordOf: (user) => literal(`of ${user}'s`) });

const powerless = 'nosuperuser nocreatedb nocreaterole noreplication nobypassrls';

it('each service owns its schema, and changes into a role without login for the request of a tenant', () => {
  for (const target of storingTargets) {
    const role = `acme_${target.replaceAll('-', '_')}`;
    expect(script).toContain(`alter schema ${schemaOfTarget[target]} owner to "${role}";`);
    expect(script).toContain(`alter role "${role}_tenant" nologin;`);
    expect(script).toContain(`alter role "${role}_tenant" ${powerless};`);
    expect(script).toContain(`grant "${role}_tenant" to "${role}";`);
  }
});

it('no role is a superuser or passes by row-level security, and nobody else may connect', () => {
  const logins = script.match(/^alter role .* login password .*$/gm) ?? [];
  expect(logins).toHaveLength(databaseUsers.length);
  for (const user of databaseUsers)
    expect(script).toContain(`alter role "acme_${user.replaceAll('-', '_')}" ${powerless};`);
  expect(script).toContain('revoke all on database "it""s" from public;');
});

it('names and passwords are quoted', () => {
  expect(script).toContain("password 'of auth''s'");
});
