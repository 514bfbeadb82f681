/**
 * What a socket writes in one turn of the event loop leaves in one system call: stanzas sent in a burst, and the acknowledgements of the
 * receipts that came in one read. Each stanza stays a WebSocket message of its own. A system call is a tenth of what a send costs.
 */
import type { Socket } from 'node:net';

/** The part of `ws` that Baileys calls. */
export interface MessageWriter {
  send(data: Uint8Array, done?: (error?: Error) => void): void;
}

/** More than this waits for the line: then the caller waits too, as it would without us. */
const maxBufferedBytes = 64 * 1024;

/** `line`: the connection below `writer`, TLS or not. */
export function coalesceWrites(writer: MessageWriter, line: Pick<Socket, 'cork' | 'uncork' | 'writableLength'>): void {
  const send = writer.send.bind(writer);
  let corked = false;
  writer.send = (data, done) => {
    if (!corked) {
      corked = true;
      line.cork();
      setImmediate(() => {
        corked = false;
        line.uncork();
      });
    }
    if (!done || line.writableLength > maxBufferedBytes) send(data, done);
    else {
      send(data);
      // It has left as far as the caller can know: what the connection takes along when it breaks is not acknowledged, and sent again.
      done();
    }
  };
}
