import type { OperationDefinition } from '@wam/contracts';
import type { CommandAdapter } from './command-adapter.ts';
import { connectSessionAdapter } from './connect-session.ts';
import { createSessionAdapter } from './create-session.ts';
import { deleteSessionAdapter } from './delete-session.ts';
import { sendMessageAdapter } from './send-message.ts';

const adapters = [createSessionAdapter, connectSessionAdapter, deleteSessionAdapter, sendMessageAdapter];

/** @throws Error when the operation is carried out by a command nobody has described; found at start, not at the first call. */
export function adapterOf(operation: OperationDefinition): CommandAdapter {
  const adapter = adapters.find((candidate) => candidate.operation.id === operation.id);
  const { route } = operation;
  if (adapter === undefined || route.via !== 'command' || route.command !== adapter.command)
    throw new Error(`operation ${operation.id} has no command adapter`);
  return adapter;
}
