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
  /** Asks for a sign of life. It comes with `received()`, late or not: how the promise ends says nothing. */
  probe(timeoutMs: number): Promise<unknown>;
  giveUp(): void;
}
/** What the socket tells its watcher. */
export interface Pulse {
  /** From here on the socket is given up when it is deaf; before, it is only kept alive. */
  opened(): void;
  /** A stanza came. Before the first the handshake is under way, which a question would break off. */
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
  /** Time since it was asked for a sign of life and gave none; undefined when it is not asked. */
  askedForMs: number | undefined;
  /** Time since the last acknowledgement, or since the first message that waits for one; 0 when none does. */
  unacknowledgedForMs: number;
}
export function decideWatch(observed: Observed, times: WatchTimes): 'nothing' | 'probe' | 'give-up' {
  if (observed.unacknowledgedForMs >= times.acknowledgementMs) return 'give-up';
  if (observed.askedForMs !== undefined) return observed.askedForMs >= times.answerMs ? 'give-up' : 'nothing';
  return observed.quietForMs >= times.quietMs ? 'probe' : 'nothing';
}

export const defaultWatchTimes: WatchTimes = { quietMs: 25_000, answerMs: 10_000, acknowledgementMs: 40_000 };

export function createSocketWatch(
  times: WatchTimes = defaultWatchTimes,
  nowMs: () => number = () => performance.now(),
): SocketWatch {
  const sweepEveryMs = Math.max(10, Math.min(1_000, times.quietMs / 4, times.acknowledgementMs / 4));
  const sweeps = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;
  let livedUntilSweepMs = 0;
  let sweptAtMs = 0;
  /**
   * Time in which this process could hear: a sweep that comes late counts as one that came in time. After a stall the answers lie unread,
   * and all connections would be given up at once for a silence of our own.
   */
  const livedMs = (): number => livedUntilSweepMs + Math.min(nowMs() - sweptAtMs, sweepEveryMs);
  const sweepAll = (): void => {
    livedUntilSweepMs = livedMs();
    sweptAtMs = nowMs();
    for (const sweep of sweeps) sweep();
  };

  return {
    watch(socket) {
      const waiting = new Set<string>();
      let receivedAtMs: number | undefined;
      let askedAtMs: number | undefined;
      let waitingSinceMs = 0;
      let isOpen = false;
      const end = (): void => {
        sweeps.delete(sweep);
        if (sweeps.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
      function sweep(): void {
        const now = livedMs();
        const observed = {
          quietForMs: now - (receivedAtMs ?? now),
          askedForMs: askedAtMs === undefined ? undefined : now - askedAtMs,
          unacknowledgedForMs: waiting.size === 0 ? 0 : now - waitingSinceMs,
        };
        const decision = decideWatch(observed, times);
        if (decision === 'nothing') return;
        if (decision === 'give-up' && isOpen) {
          end();
          socket.giveUp();
          return;
        }
        askedAtMs = now;
        socket.probe(times.answerMs).catch(() => undefined);
      }
      sweeps.add(sweep);
      if (!timer) {
        sweptAtMs = nowMs();
        timer = setInterval(sweepAll, sweepEveryMs).unref();
      }
      return {
        opened() {
          isOpen = true;
        },
        received() {
          receivedAtMs = livedMs();
          askedAtMs = undefined;
        },
        written(waMessageId) {
          if (waiting.size === 0) waitingSinceMs = livedMs();
          waiting.add(waMessageId);
        },
        acknowledged(waMessageId) {
          if (waiting.delete(waMessageId)) waitingSinceMs = livedMs();
        },
        end,
      };
    },
  };
}
