/** What a simulated user is asked to write, in terms of the sandbox. Pure. */
import type { BodyOf, simulateIncomingMessage } from '@wam/contracts';
import type { UserContent } from '@wam/whatsapp-sandbox';

type Asked = BodyOf<typeof simulateIncomingMessage>;
export type Missing = { missing: { param: string; message: string } };

/** Places and people need more than the request names: any will do. */
const somewhere = { latitude: 18.922, longitude: 72.8347 };
const someone = '919876543299';

export function userContent({ kind = 'text', message, messageId, fileName }: Asked): UserContent | Missing {
  const without = (param: string): Missing => ({ missing: { param, message: `A ${kind} needs ${param}` } });
  const caption = message === undefined ? {} : { caption: message };
  switch (kind) {
    case 'text':
      if (!message) return without('message');
      return { text: message, ...(messageId === undefined ? {} : { quotes: messageId }) };
    case 'reaction':
      return messageId === undefined ? without('messageId') : { reaction: message ?? '', messageId };
    case 'edit':
      if (!message) return without('message');
      return messageId === undefined ? without('messageId') : { edit: message, messageId };
    case 'delete':
      return messageId === undefined ? without('messageId') : { delete: true, messageId };
    case 'image':
      return { image: caption };
    case 'video':
      return { video: caption };
    case 'audio':
      return { audio: { voice: true } };
    case 'document':
      return { document: { fileName: fileName ?? 'document.pdf', ...caption } };
    case 'location':
      return { location: { ...somewhere, ...(message === undefined ? {} : { name: message }) } };
    case 'contact':
      return { contact: { name: message ?? 'Someone', phone: someone } };
    default:
      return kind satisfies never;
  }
}
