/** A service that follows the event log: begins again after a failure, steps back for another process, halts where only a person can help. */
import { type Clock, defineService, type Logger, type Service } from '@wam/service-kit';
import { type EventConsumption, isStreamNotFound, LogDiverged, LogTrimmed } from '@wam/service-kit/nats';
import { CheckpointDiverged } from './checkpoint.ts';

export type FollowerState =
  | { kind: 'starting' | 'standby' | 'following' | 'stopped' }
  | { kind: 'failing' | 'halted'; detail: string };

/** One attempt, as it sees the service. */
export interface Following {
  /** Aborted by a stop. */
  readonly stopping: AbortSignal;
  /** Another process does the work at the moment. */
  standBy(): void;
  /** Until it ends. A stop ends it, also one that came before. */
  readOn(consumption: EventConsumption): Promise<void>;
}
export interface LogFollowerOptions {
  name: string;
  /** For the log: `<what> is interrupted`, `<what> has halted`. */
  what: string;
  /** Returns to be called again after `retryMs`. */
  follow: (following: Following) => Promise<void>;
  /** After which it would be wrong to go on. Default {@link isOtherOrTrimmedLog}. */
  isFinal?: (error: unknown) => boolean;
  /** Another process was faster: no failure. Default: never. */
  isStandBy?: (error: unknown) => boolean;
  /** It is over: by a stop, or for good. */
  onEnd?: (how: 'stopped' | 'halted') => void;
  retryMs: number;
  clock: Clock;
  logger: Logger;
}
export interface LogFollower extends Service {
  state(): FollowerState;
  /** Sequence of the last event that was dealt with; 0 while none is read. */
  position(): number;
}

/** The rows were not made of this log, or it has lost what comes next. */
export const isOtherOrTrimmedLog = (error: unknown): boolean =>
  [LogDiverged, LogTrimmed, CheckpointDiverged].some((type) => error instanceof type);

export function createLogFollower(options: LogFollowerOptions): LogFollower {
  const {
    name,
    what,
    follow,
    isFinal = isOtherOrTrimmedLog,
    isStandBy = () => false,
    onEnd,
    retryMs,
    clock,
    logger,
  } = options;
  const stop = new AbortController();
  const stopping = stop.signal;
  let consumption: EventConsumption | undefined;
  let running: Promise<void> = Promise.resolve();
  let state: FollowerState = { kind: 'starting' };

  const following: Following = {
    stopping,
    standBy() {
      state = { kind: 'standby' };
    },
    async readOn(started) {
      consumption = started;
      state = { kind: 'following' };
      try {
        if (stopping.aborted) await started.stop();
        await started.done;
      } finally {
        consumption = undefined;
      }
    },
  };

  /** @returns whether to go on */
  function judge(error: unknown): boolean {
    const detail = error instanceof Error ? error.message : String(error);
    if (isFinal(error)) {
      state = { kind: 'halted', detail };
      logger.fatal({ err: error }, `${what} has halted: a person must look at the log`);
      return false;
    }
    if (isStandBy(error)) {
      state = { kind: 'standby' };
      logger.debug({ err: error }, `${what} is done by another process`);
      return true;
    }
    state = { kind: 'failing', detail };
    // Before the first start of the platform there is no log yet.
    if (!isStreamNotFound(error)) logger.error({ err: error, retryMs }, `${what} is interrupted; trying again`);
    return true;
  }
  async function run(): Promise<void> {
    while (!stopping.aborted) {
      try {
        await follow(following);
      } catch (error) {
        if (!judge(error)) return onEnd?.('halted');
      }
      await clock.sleep(retryMs, stopping).catch(() => undefined);
    }
    onEnd?.('stopped');
  }

  const service = defineService({
    name,
    async start() {
      // Ends with `stop`; its failures are its state.
      running = run();
    },
    async stop() {
      stop.abort();
      await consumption?.stop();
      await running;
      state = { kind: 'stopped' };
    },
    health() {
      const ready = state.kind === 'following' || state.kind === 'standby';
      return { ready, detail: 'detail' in state ? `${state.kind}: ${state.detail}` : state.kind };
    },
  });
  return {
    ...service,
    [Symbol.asyncDispose]: service.stop,
    state: () => state,
    position: () => consumption?.position ?? 0,
  };
}
