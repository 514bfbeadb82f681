import { allScopes, operationList } from '@wam/contracts';
import { expect, test } from 'vitest';
import { filters, idFieldsOf, namesNothingOwned, ownedThings, requestOf } from './rows.ts';

test.each(operationList.map((operation) => [operation.id, operation] as const))(
  '%s has its row in the access matrix',
  (_id, operation) => {
    for (const { name, label } of idFieldsOf(operation)) {
      // Another kind of thing needs one of its own in the matrix: list it here and make one in tenants.e2e.spec.ts.
      if (namesNothingOwned[label] === undefined) expect(ownedThings, label).toContain(name);
    }
    if (operation.auth === 'account') expect(allScopes, `scope of ${operation.id}`).toContain(operation.scope);
    const { path, body } = requestOf(operation, {});
    expect(path).not.toContain('undefined');
    expect(body === undefined).toBe(operation.body === undefined);
  },
);

test('what is listed as an exception exists', () => {
  const labels = operationList.flatMap(idFieldsOf).map(({ label }) => label);
  for (const label of [...Object.keys(namesNothingOwned), ...filters]) expect(labels).toContain(label);
});
