import { interactiveDeadlineMs, sendMessage, sendWhatsAppMessage } from '@wam/contracts';
import { type CommandDraft, type DraftContext, defineCommandAdapter } from './command-adapter.ts';

/** The message id is also the command id: a repeated publish, and a redelivery, are the same message. */
export const sendMessageAdapter = defineCommandAdapter<typeof sendMessage, 'SendMessage'>({
  operation: sendMessage,
  command: 'SendMessage',
  respondsAsync: true,
  draft: ({ params: { sessionId }, body: { to, message } }, context) => draftOf(sessionId, to, message, context),
  accepted: ({ id }) => ({ status: 202, body: acceptedMessage(id) }),
});

/** The legacy form: another name for the recipient, and the default session. */
export const sendWhatsAppMessageAdapter = defineCommandAdapter<typeof sendWhatsAppMessage, 'SendMessage'>({
  operation: sendWhatsAppMessage,
  command: 'SendMessage',
  respondsAsync: true,
  draft: ({ params: { sessionId }, body: { number, message } }, context) =>
    draftOf(sessionId, number, message, context),
  accepted: ({ id }) => ({ status: 202, body: acceptedMessage(id) }),
});

function draftOf(
  sessionId: string,
  to: string,
  text: string,
  { ids, nowMs }: DraftContext,
): CommandDraft<'SendMessage'> {
  const messageId = `msg_${ids.ulid()}`;
  return {
    id: messageId,
    notAfter: new Date(nowMs + interactiveDeadlineMs).toISOString(),
    data: { sessionId, messageId, to, text },
  };
}

export const acceptedMessage = (messageId: string) => ({
  success: true,
  message: 'Message accepted',
  messageId,
  status: 'accepted',
  statusUrl: `/api/messages/${messageId}`,
});
