import type { Msg } from '@nats-io/transport-node';
import { busHeaders } from '@wam/contracts';

/** What the library's messages have, and its type does not say. */
interface Sized {
  /** Bytes of subject, reply subject, headers and data. */
  size?(): number;
}
type Headed = Pick<Msg, 'data' | 'headers' | 'reply' | 'subject'> & Sized;

/**
 * How to ask for a header of a message by its exact name; '' for one that is not there. The library decodes all of them into lists and checks
 * every name, an eighth of what the feed spends on an event: here the few that are looked at are found in the bytes before the data. Where the
 * library does not keep them there, it is asked.
 */
export function headersOf(message: Headed): (name: string) => string {
  const block = headerBlock(message);
  if (block === undefined) return (name) => message.headers?.get(name) ?? '';
  return (name) => {
    const at = block.indexOf(`\r\n${name}:`);
    if (at < 0) return '';
    const from = at + name.length + 3;
    return block.slice(from, block.indexOf('\r\n', from)).trim();
  };
}

const typeMark = Buffer.from(`\r\n${busHeaders.type}:`);

/**
 * Type of the event or command; '' where its writer does not say. For who passes most by: not even the subject is taken out of its bytes, which
 * {@link headersOf} needs to know where the headers begin. So some bytes before them are looked at as well; those are of the line that
 * announces this message, and no line's end is in it.
 */
export function typeOf(message: Headed): string {
  const { data } = message;
  const most = Math.min(data.byteOffset, Math.max(0, (message.size?.() ?? 0) - data.length));
  const before = Buffer.from(data.buffer, data.byteOffset - most, most);
  const at = before.lastIndexOf(typeMark);
  if (at < 0) return message.headers?.get(busHeaders.type) ?? '';
  const from = at + typeMark.length;
  return before.toString('latin1', from, before.indexOf('\r\n', from)).trim();
}

function headerBlock(message: Headed): string | undefined {
  const { data, subject, reply } = message;
  const length = (message.size?.() ?? 0) - data.length - Buffer.byteLength(subject) - Buffer.byteLength(reply ?? '');
  const start = data.byteOffset - length;
  if (length <= 0 || start < 0) return undefined;
  const block = Buffer.from(data.buffer, start, length).toString('latin1');
  return block.startsWith('NATS/1.0') && block.endsWith('\r\n\r\n') ? block : undefined;
}
