import type { Duplex } from 'node:stream';

/**
 * What one socket is sent within a turn of the event loop, in one system call: under load many events come in one packet of the bus, and a
 * call for each would be most of what they cost.
 */
export function createFrameWriter(socket: Duplex): (frame: Buffer) => void {
  let corked = false;
  const flush = (): void => {
    corked = false;
    socket.uncork();
  };
  return (frame) => {
    if (!corked) {
      corked = true;
      socket.cork();
      setImmediate(flush);
    }
    socket.write(frame);
  };
}
