import { interactiveDeadlineMs, sendMessage } from '@wam/contracts';
import { defineCommandAdapter } from './command-adapter.ts';

/** The message id is also the command id: a repeated publish, and a redelivery, are the same message. */
export const sendMessageAdapter = defineCommandAdapter<typeof sendMessage, 'SendMessage'>({
  operation: sendMessage,
  command: 'SendMessage',
  respondsAsync: true,
  draft({ params: { sessionId }, body: { to, message } }, { ids, nowMs }) {
    const messageId = `msg_${ids.ulid()}`;
    return {
      id: messageId,
      notAfter: new Date(nowMs + interactiveDeadlineMs).toISOString(),
      data: { sessionId, messageId, to, text: message },
    };
  },
  accepted: ({ id }) => ({
    status: 202,
    body: {
      success: true,
      message: 'Message accepted',
      messageId: id,
      status: 'accepted',
      statusUrl: `/api/messages/${id}`,
    },
  }),
});
