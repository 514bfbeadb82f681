import { defineService, type Service } from '@wam/service-kit';
import type { CompletionWatch } from '../completion-watch.ts';
import { failOverdue } from './fail-overdue.ts';
import { findDueLanes } from './find-due-lanes.ts';
import { relayEvents } from './relay-events.ts';
import { type DispatchDeps, stepLane } from './step-lane.ts';

/** Longest look-away: bounds how long work of a process that died waits for another one. */
const idleMs = 1000;
/** A due session that another process holds, or an error: short enough for any pace, long enough not to spin. */
const busyMs = 25;
const afterErrorMs = 1000;
/** Sessions of one round: whoever becomes due meanwhile waits for no more than these. */
const roundSize = 64;
/** Steps at once; each waits for the database and the bus most of the time. */
const concurrency = 4;

export interface DispatchLoop extends Service {
  /** Something may be due now: a campaign was stored, or an outcome made room. */
  wake(): void;
}

/** The only timer of the service. Any number of processes may run it: row locks keep them off each other's sessions. */
export function createDispatchLoop(deps: DispatchDeps & { completions: CompletionWatch }): DispatchLoop {
  const { database, clock, logger, completions } = deps;
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let relaying: Promise<void> = Promise.resolve();
  let interrupt = new AbortController();
  let relayInterrupt = new AbortController();
  let healthy = true;

  /** @returns whether anything was done */
  async function dispatchRound(): Promise<boolean> {
    const due = [...(await findDueLanes(database, new Date(clock.now()), roundSize))];
    let didSomething = false;
    const work = async (): Promise<void> => {
      for (let lane = due.shift(); lane !== undefined && !stopping.signal.aborted; lane = due.shift()) {
        const step = await stepLane(deps, lane);
        if (step.kind === 'idle') continue;
        didSomething = true;
        completions.completed(step.completed);
        if (step.completed.length > 0) relayInterrupt.abort();
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    return didSomething;
  }

  async function pauseMs(): Promise<number> {
    const { due } = await database
      .selectFrom('session_lane')
      .select((expression) => expression.fn.min<Date | null>('next_at').as('due'))
      .where('next_at', 'is not', null)
      .executeTakeFirstOrThrow();
    return due === null ? idleMs : Math.min(idleMs, Math.max(busyMs, due.getTime() - clock.now()));
  }

  async function step(): Promise<number> {
    try {
      while (!stopping.signal.aborted && (await dispatchRound()));
      const pause = await pauseMs();
      healthy = true;
      return pause;
    } catch (error) {
      healthy = false;
      logger.error({ err: error }, 'dispatching failed; trying again');
      return afterErrorMs;
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      // Made before the step: a wake during it must not be lost.
      interrupt = new AbortController();
      const pause = await step();
      const signal = AbortSignal.any([interrupt.signal, stopping.signal]);
      await clock.sleep(pause, signal).catch(() => undefined);
    }
  }

  async function relayOnce(): Promise<void> {
    try {
      completions.completed(await failOverdue(database, new Date(clock.now())));
      await relayEvents(deps);
    } catch (error) {
      logger.warn({ err: error }, 'deadlines and events are looked after later');
    }
  }

  /** Beside the dispatching, so that a bus that does not answer holds up nothing else. */
  async function relay(): Promise<void> {
    while (!stopping.signal.aborted) {
      relayInterrupt = new AbortController();
      await relayOnce();
      const signal = AbortSignal.any([relayInterrupt.signal, stopping.signal]);
      await clock.sleep(idleMs, signal).catch(() => undefined);
    }
    // What was decided last is told before this process is gone.
    await relayOnce();
  }

  const service = defineService({
    name: 'dispatch-loop',
    start() {
      running = run();
      relaying = relay();
      return Promise.resolve();
    },
    async stop() {
      stopping.abort();
      await Promise.all([running, relaying]);
    },
    health: () => (healthy ? { ready: true } : { ready: false, detail: 'dispatching fails' }),
  });
  return Object.assign(service, {
    wake: () => {
      interrupt.abort();
      relayInterrupt.abort();
    },
  });
}
