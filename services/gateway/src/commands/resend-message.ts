import { interactiveDeadlineMs, resendMessage } from '@wam/contracts';
import { defineCommandAdapter } from './command-adapter.ts';
import { acceptedMessage } from './send-message.ts';

/** Text and recipient are the owner's; only ids travel. */
export const resendMessageAdapter = defineCommandAdapter<typeof resendMessage, 'ResendMessage'>({
  operation: resendMessage,
  command: 'ResendMessage',
  respondsAsync: true,
  draft({ params: { sessionId, messageId: resendOf } }, { ids, nowMs }) {
    const messageId = `msg_${ids.ulid()}`;
    return {
      id: messageId,
      notAfter: new Date(nowMs + interactiveDeadlineMs).toISOString(),
      data: { sessionId, messageId, resendOf },
    };
  },
  accepted: ({ id, data: { resendOf } }) => ({ status: 202, body: { ...acceptedMessage(id), resendOf } }),
  completed: (body, { data: { resendOf } }) => ({ ...(body as object), resendOf }),
});
