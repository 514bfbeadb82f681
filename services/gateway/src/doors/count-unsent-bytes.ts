import type { Socket } from 'socket.io';

/** How much of what a Socket.IO client was sent still waits in this process. */
export interface UnsentBytes {
  /** So much is about to be sent. */
  expect(bytes: number): void;
  bytes(): number;
  /** Counts no more. */
  stop(): void;
}

/** Engine.IO tells when it hands all that waits to the transport, which is writable again when it has passed that on. */
export function countUnsentBytes(conn: Socket['conn']): UnsentBytes {
  let waiting = 0;
  let handedOver = 0;
  function onFlush(): void {
    handedOver = waiting;
    waiting = 0;
  }
  conn.on('flush', onFlush);
  return {
    expect(bytes) {
      waiting += bytes;
    },
    bytes: () => waiting + (conn.transport.writable ? 0 : handedOver),
    stop: () => void conn.off('flush', onFlush),
  };
}
