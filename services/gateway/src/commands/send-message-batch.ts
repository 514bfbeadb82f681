import { batchDeadlineMs, sendMessageBatch } from '@wam/contracts';
import { defineBatchAdapter } from './batch-adapter.ts';

export const sendMessageBatchAdapter = defineBatchAdapter<typeof sendMessageBatch, 'SendMessage'>({
  operation: sendMessageBatch,
  command: 'SendMessage',
  drafts({ params: { sessionId }, body: { messages } }, { ids, nowMs }) {
    const notAfter = new Date(nowMs + batchDeadlineMs).toISOString();
    return messages.map(({ to, message }) => {
      const messageId = `msg_${ids.ulid()}`;
      return { id: messageId, notAfter, data: { sessionId, messageId, to, text: message } };
    });
  },
  answer(rows) {
    const accepted = rows.filter(({ refusal }) => refusal === undefined).length;
    const messages = rows.map(({ draft: { id, data }, refusal }) =>
      refusal === undefined
        ? { to: data.to, status: 'accepted', messageId: id, statusUrl: `/api/messages/${id}` }
        : { to: data.to, status: 'rejected', code: refusal.code },
    );
    return { ok: true, status: 202, body: { success: accepted === rows.length, accepted, messages } };
  },
});
