import { type Clock, defineService, type Logger, type Service, type Timer } from '@wam/service-kit';
import type { SqlExecutor } from '@wam/service-kit/postgres';
import { updateLastUsed } from './api-key-table.ts';

export interface KeyUseRecorder extends Service {
  /** Returns at once. */
  note(keyId: string): void;
}
export interface KeyUseRecorderDeps {
  db: SqlExecutor;
  clock: Clock;
  logger: Logger;
  /** How long uses gather before they are written with one statement. Default 2 s. */
  gatherMs?: number;
}

/** A key that is used all the time is written once in this while. */
export const recordedEveryMs = 60_000;

/** Keeps `lastUsedAt` to about a minute, at one statement per `gatherMs` whatever the traffic. Uses of a crash are lost. */
export function createKeyUseRecorder({ db, clock, logger, gatherMs = 2_000 }: KeyUseRecorderDeps): KeyUseRecorder {
  /** When each key was noted last; forgotten once it may be noted again. */
  const notedAtMs = new Map<string, number>();
  let gathered: { keyId: string; usedAt: Date }[] = [];
  let timer: Timer | undefined;
  let writing: Promise<void> = Promise.resolve();
  let stopped = false;

  async function write(): Promise<void> {
    timer?.cancel();
    timer = undefined;
    const uses = gathered;
    gathered = [];
    for (const [keyId, atMs] of notedAtMs) if (clock.monotonicMs() - atMs >= recordedEveryMs) notedAtMs.delete(keyId);
    if (uses.length === 0) return;
    try {
      await updateLastUsed(db, uses);
    } catch (error) {
      logger.warn({ err: error }, 'last use of API keys not recorded');
    }
  }
  const service = defineService({
    name: 'API key uses',
    start: () => Promise.resolve(),
    async stop() {
      stopped = true;
      await writing;
      await write();
    },
    health: () => ({ ready: true }),
  });
  return {
    ...service,
    [Symbol.asyncDispose]: service.stop,
    note(keyId) {
      const nowMs = clock.monotonicMs();
      const lastMs = notedAtMs.get(keyId);
      if (stopped || (lastMs !== undefined && nowMs - lastMs < recordedEveryMs)) return;
      notedAtMs.set(keyId, nowMs);
      gathered.push({ keyId, usedAt: new Date(clock.now()) });
      timer ??= clock.setTimeout(() => {
        writing = writing.then(write);
      }, gatherMs);
    },
  };
}
