/** What one socket is sent: all of a turn of the event loop in one write. */
export interface FrameWriter {
  write(frame: Buffer): void;
  /** Bytes of this turn that the socket does not know of yet. */
  readonly waiting: number;
  /** Before anything else is written to the socket. */
  flush(): void;
}
export type CreateFrameWriter = (send: (bytes: Buffer) => void) => FrameWriter;

/**
 * Under load many events come in one packet of the bus, and a call for each would be most of what they cost. Sockets that get the same frames
 * within a turn get the same bytes, put together once.
 */
export function createFrameWriters(): CreateFrameWriter {
  let lastFrames: readonly Buffer[] = [];
  let lastJoined: Buffer = Buffer.alloc(0);
  const forget = (): void => {
    lastFrames = [];
    lastJoined = Buffer.alloc(0);
  };
  function join(frames: readonly Buffer[], bytes: number): Buffer {
    if (frames.length === 1) return frames[0]!;
    if (frames.length === lastFrames.length && frames.every((frame, index) => frame === lastFrames[index]))
      return lastJoined;
    if (lastFrames.length === 0) setImmediate(forget);
    lastFrames = frames;
    lastJoined = Buffer.concat(frames, bytes);
    return lastJoined;
  }
  return (send) => {
    let frames: Buffer[] = [];
    let waiting = 0;
    function flush(): void {
      if (frames.length === 0) return;
      const joined = join(frames, waiting);
      frames = [];
      waiting = 0;
      send(joined);
    }
    return {
      write(frame) {
        if (frames.length === 0) setImmediate(flush);
        frames.push(frame);
        waiting += frame.length;
      },
      get waiting() {
        return waiting;
      },
      flush,
    };
  };
}
