import type { OperationDefinition } from '@wam/contracts';
import type { BatchAdapter } from './batch-adapter.ts';
import type { CommandAdapter } from './command-adapter.ts';
import { connectSessionAdapter } from './connect-session.ts';
import { createSessionAdapter } from './create-session.ts';
import { deleteSessionAdapter } from './delete-session.ts';
import { disconnectSessionAdapter } from './disconnect-session.ts';
import { initWhatsAppAdapter } from './init-whatsapp.ts';
import { resendMessageAdapter } from './resend-message.ts';
import { sendMessageAdapter, sendWhatsAppMessageAdapter } from './send-message.ts';
import { sendMessageBatchAdapter } from './send-message-batch.ts';
import { updateSessionAdapter } from './update-session.ts';

const adapters: readonly (CommandAdapter | BatchAdapter)[] = [
  createSessionAdapter,
  updateSessionAdapter,
  connectSessionAdapter,
  disconnectSessionAdapter,
  deleteSessionAdapter,
  sendMessageAdapter,
  sendMessageBatchAdapter,
  resendMessageAdapter,
  initWhatsAppAdapter,
  sendWhatsAppMessageAdapter,
];
export const isBatch = (adapter: CommandAdapter | BatchAdapter): adapter is BatchAdapter => 'drafts' in adapter;

/** @throws Error when the operation is carried out by a command nobody has described; found at start, not at the first call. */
export function adapterOf(operation: OperationDefinition): CommandAdapter | BatchAdapter {
  const adapter = adapters.find((candidate) => candidate.operation.id === operation.id);
  const { route } = operation;
  if (adapter === undefined || route.via !== 'command' || route.command !== adapter.command)
    throw new Error(`operation ${operation.id} has no command adapter`);
  return adapter;
}
