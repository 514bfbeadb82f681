import { commandSchemas, operationList } from '@wam/contracts';
import { createSequentialIds } from '@wam/service-kit';
import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { adapterOf } from './command-adapters.ts';

const byCommand = operationList.filter(({ route }) => route.via === 'command');

describe.each(byCommand.map((operation) => [operation.id, operation] as const))('%s', (_id, operation) => {
  const draftOf = () =>
    adapterOf(operation).draft(
      { params: (operation.example.params ?? {}) as never, body: (operation.example.body ?? {}) as never },
      { ids: createSequentialIds(), nowMs: 0, defaultNetwork: 'sandbox' },
    );

  test('becomes a command of the contract', () => {
    const { command } = adapterOf(operation);
    expect([...Value.Errors(commandSchemas[command], draftOf().data)]).toEqual([]);
  });

  test('is answered as documented when it is stored and nothing more is known', () => {
    const draft = draftOf();
    const { status, body } = adapterOf(operation).accepted(draft);
    expect([...Value.Errors(operation.responses[status]!, body)]).toEqual([]);
  });
});

test('an operation without a description of its command is found at the start', () => {
  const unknown = { ...byCommand[0]!, id: 'somethingElse' };
  expect(() => adapterOf(unknown)).toThrow('somethingElse has no command adapter');
});
