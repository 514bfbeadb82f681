/** One message of a stream (HTML Living Standard, 9.2.6). Without `data` it only moves the place on from which the stream is resumed. */
export interface StreamedMessage {
  /** Undefined where the message has none of its own. */
  id: string | undefined;
  data: string | undefined;
}

/**
 * Reads a stream of server-sent events; fields other than `id` and `data` are left out.
 * @param read the next bytes, undefined at the end
 */
export async function* messagesOf(read: () => Promise<Uint8Array | undefined>): AsyncGenerator<StreamedMessage> {
  const decoder = new TextDecoder();
  let unfinished = '';
  let message: StreamedMessage = { id: undefined, data: undefined };
  for (let bytes = await read(); bytes !== undefined; bytes = await read()) {
    const lines = (unfinished + decoder.decode(bytes, { stream: true })).split('\n');
    unfinished = lines.pop() ?? '';
    for (const line of lines) {
      const [, field, value] = /^(\w*)(?:: ?(.*?))?\r?$/s.exec(line) ?? [];
      if (field === 'id') message.id = value ?? '';
      else if (field === 'data') message.data = message.data === undefined ? value : `${message.data}\n${value}`;
      else if (line === '' || line === '\r') {
        if (message.id !== undefined || message.data !== undefined) yield message;
        message = { id: undefined, data: undefined };
      }
    }
  }
}
