/**
 * Finds connections that are open and deaf: the line is dead and nobody said so, or the server answers and takes no messages. One timer for
 * all sockets of the process, in place of Baileys' keepalive, which has one per socket and needs 35 to 65 s for the first kind and does
 * not see the second.
 */

export interface WatchTimes {
  /** A socket that received nothing for so long is asked for a sign of life. WhatsApp Web does so about every 25 s. */
  quietMs: number;
  /** The answer must come within this time. */
  answerMs: number;
  /** Messages were written and not one was acknowledged for so long. */
  acknowledgementMs: number;
}
export interface WatchedSocket {
  /** Resolves when the server answered. */
  probe(timeoutMs: number): Promise<unknown>;
  giveUp(): void;
}
/** What the socket tells its watcher. */
export interface Pulse {
  /** From here on the socket is given up when it is deaf; before, it is only kept alive. */
  opened(): void;
  received(): void;
  written(waMessageId: string): void;
  /** The server has it: its acknowledgement came, or a receipt. Of a message that waits for neither it says nothing. */
  acknowledged(waMessageId: string): void;
  end(): void;
}
export interface SocketWatch {
  watch(socket: WatchedSocket): Pulse;
}

export interface Observed {
  quietForMs: number;
  /** A probe is under way. */
  isAsked: boolean;
  /** Time since the last acknowledgement, or since the first message that waits for one; 0 when none does. */
  unacknowledgedForMs: number;
}
/** A probe that is not answered ends the connection by itself. */
export function decideWatch(observed: Observed, times: WatchTimes): 'nothing' | 'probe' | 'give-up' {
  if (observed.unacknowledgedForMs >= times.acknowledgementMs) return 'give-up';
  return observed.quietForMs >= times.quietMs && !observed.isAsked ? 'probe' : 'nothing';
}

export const defaultWatchTimes: WatchTimes = { quietMs: 25_000, answerMs: 10_000, acknowledgementMs: 40_000 };

export function createSocketWatch(
  times: WatchTimes = defaultWatchTimes,
  nowMs: () => number = () => performance.now(),
): SocketWatch {
  const sweepEveryMs = Math.max(10, Math.min(1_000, times.quietMs / 4, times.acknowledgementMs / 4));
  const sweeps = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;
  const sweepAll = (): void => {
    for (const sweep of sweeps) sweep();
  };

  return {
    watch(socket) {
      const waiting = new Set<string>();
      let receivedAtMs = nowMs();
      let waitingSinceMs = 0;
      let isAsked = false;
      let isOpen = false;
      const end = (): void => {
        sweeps.delete(sweep);
        if (sweeps.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
      const giveUp = (): void => {
        if (!isOpen || !sweeps.has(sweep)) return;
        end();
        socket.giveUp();
      };
      function sweep(): void {
        const now = nowMs();
        const observed = {
          quietForMs: now - receivedAtMs,
          isAsked,
          unacknowledgedForMs: waiting.size === 0 ? 0 : now - waitingSinceMs,
        };
        const decision = decideWatch(observed, times);
        if (decision === 'give-up') giveUp();
        if (decision !== 'probe') return;
        isAsked = true;
        socket.probe(times.answerMs).then(
          () => {
            isAsked = false;
            receivedAtMs = nowMs();
          },
          () => {
            isAsked = false;
            // Something else may have come meanwhile: then the line is alive.
            if (nowMs() - receivedAtMs >= times.quietMs) giveUp();
          },
        );
      }
      sweeps.add(sweep);
      timer ??= setInterval(sweepAll, sweepEveryMs).unref();
      return {
        opened() {
          isOpen = true;
        },
        received() {
          receivedAtMs = nowMs();
        },
        written(waMessageId) {
          if (waiting.size === 0) waitingSinceMs = nowMs();
          waiting.add(waMessageId);
        },
        acknowledged(waMessageId) {
          if (waiting.delete(waMessageId)) waitingSinceMs = nowMs();
        },
        end,
      };
    },
  };
}
