/** An engine in motion: takes commands, keeps time, and stops without losing what it has begun. */
import type { WorkQueueConsumption } from '@wam/service-kit/nats';
import { createParts, type EngineResources } from './create-parts.ts';

export interface RunningEngine {
  start(): Promise<void>;
  stop(): Promise<void>;
  health(): { ready: boolean; detail?: string };
}
export interface RunningEngineOptions extends Omit<EngineResources, 'stopping' | 'onFenced'> {
  isDatabaseUp(): Promise<boolean>;
  stopping: AbortController;
}

const tickMs = 1_000;
const connectionCheckMs = 5_000;
const busAnswerMs = 2_000;
const forgetEveryMs = 3_600_000;
/** Finished messages answer repeats of their command, and retry requests of recipients, for so long. */
const rememberedForMs = 7 * 86_400_000;
/** Shares of the 4 s a stop may take. */
const acknowledgementPatienceMs = 1_000;
const recordPatienceMs = 2_000;

export function createRunningEngine({ isDatabaseUp, stopping, ...resources }: RunningEngineOptions): RunningEngine {
  const { clock, logger, nc, pool, epoch } = resources;
  let lost = false;
  let databaseUp = true;
  let busUp = true;
  let consumption: WorkQueueConsumption | undefined;
  let timers: NodeJS.Timeout[] = [];

  const parts = createParts({
    ...resources,
    stopping: stopping.signal,
    onFenced: () => loseOwnership('a newer engine has the session'),
  });

  /** Another engine has the pool: this one goes quiet. What it began is the new owner's, under the same ids. */
  function loseOwnership(reason: string): void {
    if (lost || stopping.signal.aborted) return;
    lost = true;
    logger.error({ pool, epoch, reason }, 'ownership lost; serving nothing any more');
    for (const timer of timers) clearInterval(timer);
    for (const runner of [...parts.sessions.all()]) parts.sessions.fence(runner.session.sessionId);
    consumption?.stop().catch((error) => logger.debug({ reason: String(error) }, 'consumption did not end'));
  }

  const repeat = (everyMs: number, run: () => Promise<void>): NodeJS.Timeout => {
    let running = false;
    return setInterval(() => {
      if (running) return;
      running = true;
      run()
        .catch((error) => logger.warn({ reason: String(error) }, 'periodic work failed'))
        .finally(() => {
          running = false;
        });
    }, everyMs);
  };

  async function within(ms: number, work: Promise<unknown>): Promise<void> {
    const patience = new AbortController();
    await Promise.race([work.catch(() => undefined), clock.sleep(ms, patience.signal).catch(() => undefined)]);
    patience.abort();
  }
  async function lanesAcknowledged(): Promise<void> {
    while ([...parts.sessions.all()].some(({ lane }) => lane.unacknowledged().length > 0)) await clock.sleep(20);
  }

  return {
    async start() {
      await parts.recover();
      await parts.ownerRequests.start();
      consumption = await parts.consume();
      consumption.ended.then(
        (how) => {
          if (how === 'deleted') loseOwnership('a newer engine consumes the commands');
        },
        () => undefined,
      );
      timers = [
        repeat(tickMs, () => parts.tick()),
        repeat(connectionCheckMs, async () => {
          databaseUp = await isDatabaseUp();
          let answered = false;
          const flushed = nc.flush().then(() => {
            answered = true;
          });
          await within(busAnswerMs, flushed);
          busUp = answered;
        }),
        repeat(forgetEveryMs, async () => {
          await parts.store.forgetBefore(new Date(clock.now() - rememberedForMs), 10_000);
        }),
      ];
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      const pulls = consumption?.stop().catch(() => undefined);
      const requests = parts.ownerRequests.stop().catch(() => undefined);
      const runners = [...parts.sessions.all()];
      await within(
        acknowledgementPatienceMs,
        Promise.all(runners.map(({ lane }) => lane.stop())).then(lanesAcknowledged),
      );
      for (const runner of runners) runner.stop();
      await within(recordPatienceMs, parts.recorded());
      stopping.abort();
      await within(500, Promise.all([pulls, requests]));
    },
    health() {
      if (lost) return { ready: false, detail: 'ownership lost' };
      if (nc.isClosed()) return { ready: false, detail: 'NATS connection closed' };
      if (!consumption) return { ready: false, detail: 'starting' };
      if (!busUp) return { ready: false, detail: 'NATS does not answer' };
      return databaseUp ? { ready: true } : { ready: false, detail: 'database does not answer' };
    },
  };
}
