import { commandSchemas, type OperationDefinition, operationList, operations } from '@wam/contracts';
import { createSequentialIds } from '@wam/service-kit';
import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { adapterOf, isBatch } from './command-adapters.ts';

const byCommand = operationList.filter(({ route }) => route.via === 'command');

const context = { ids: createSequentialIds(), nowMs: 0, defaultNetwork: 'sandbox' } as const;
const requestOf = (operation: OperationDefinition) => ({
  params: { sessionId: '550e8400-e29b-41d4-a716-446655440000', ...operation.example.params },
  body: operation.example.body ?? {},
});
/** What the operation becomes, and what is answered when it is stored and nothing more is known. */
function outcomeOf(operation: OperationDefinition) {
  const adapter = adapterOf(operation);
  const request = requestOf(operation) as never;
  if (!isBatch(adapter)) {
    const draft = adapter.draft(request, context);
    return { drafts: [draft], answer: adapter.accepted(draft) };
  }
  const drafts = adapter.drafts(request, context);
  const answer = adapter.answer(drafts.map((draft) => ({ draft, refusal: undefined })));
  if (!answer.ok) throw new Error('a stored batch was refused');
  return { drafts, answer };
}

describe.each(byCommand.map((operation) => [operation.id, operation] as const))('%s', (_id, operation) => {
  test('becomes commands of the contract', () => {
    const { command } = adapterOf(operation);
    for (const { data } of outcomeOf(operation).drafts)
      expect([...Value.Errors(commandSchemas[command], data)]).toEqual([]);
  });

  test('is answered as documented when it is stored and nothing more is known', () => {
    const { status, body } = outcomeOf(operation).answer;
    expect([...Value.Errors(operation.responses[status as 200]!, body)]).toEqual([]);
  });
});

test('a batch tells row by row what was not stored, and why', () => {
  const adapter = adapterOf(operations.sendMessageBatch);
  if (!isBatch(adapter)) throw new Error('not a batch');
  const drafts = adapter.drafts(requestOf(operations.sendMessageBatch) as never, context);
  const rows = drafts.map((draft, i) => ({ draft, refusal: i === 1 ? { code: 'SESSION_BUSY' as const } : undefined }));
  expect(adapter.answer(rows)).toMatchObject({
    status: 202,
    body: {
      success: false,
      accepted: 1,
      messages: [
        { to: '919876543210', status: 'accepted', messageId: drafts[0]?.id },
        { to: '919876543211', status: 'rejected', code: 'SESSION_BUSY' },
      ],
    },
  });
});

test('an operation without a description of its command is found at the start', () => {
  const unknown = { ...byCommand[0]!, id: 'somethingElse' };
  expect(() => adapterOf(unknown)).toThrow('somethingElse has no command adapter');
});
