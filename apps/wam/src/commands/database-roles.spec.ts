import { expect, it } from 'vitest';
import { databaseUsers, literal, rolesSql, schemaOfTarget, storingTargets } from './database-roles.ts';

const script = rolesSql({ database: 'it"s', prefix: 'acme', passwordOf: (user) => literal(`of ${user}'s`) });

it('each service owns its schema, and changes into a role without login for the request of a tenant', () => {
  for (const target of storingTargets) {
    const role = `acme_${target.replaceAll('-', '_')}`;
    expect(script).toContain(`alter schema ${schemaOfTarget[target]} owner to "${role}";`);
    expect(script).toContain(`alter role "${role}_tenant" nologin nosuperuser nocreatedb nocreaterole nobypassrls;`);
    expect(script).toContain(`grant "${role}_tenant" to "${role}";`);
  }
});

it('no role is a superuser or passes by row-level security, and nobody else may connect', () => {
  const logins = script.match(/^alter role .* login .*$/gm) ?? [];
  expect(logins).toHaveLength(databaseUsers.length);
  for (const login of logins) expect(login).toMatch(/ login nosuperuser nocreatedb nocreaterole nobypassrls password /);
  expect(script).toContain('revoke all on database "it""s" from public;');
});

it('names and passwords are quoted', () => {
  expect(script).toContain("password 'of auth''s'");
});
