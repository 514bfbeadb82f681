import { defineService, type Service } from '@wam/service-kit';
import type { CompletionWatch } from '../completion-watch.ts';
import { type DispatchDeps, dispatchNextCampaign } from './dispatch-next-campaign.ts';
import { publishCampaignEvents } from './publish-campaign-events.ts';

/** Longest look-away: bounds how long work of a process that died waits for another one. */
const idleMs = 1000;
/** A due campaign that another process holds, or an error: short enough for any pace, long enough not to spin. */
const busyMs = 25;
const afterErrorMs = 1000;

export interface DispatchLoop extends Service {
  /** Something may be due now: a campaign was stored, or an outcome made room. */
  wake(): void;
}

/** The only timer of the service. Any number of processes may run it: row locks keep them off each other's campaigns. */
export function createDispatchLoop(deps: DispatchDeps & { completions: CompletionWatch }): DispatchLoop {
  const { database, clock, logger, completions } = deps;
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let interrupt = new AbortController();
  let healthy = true;

  async function dispatchAllDue(): Promise<void> {
    while (!stopping.signal.aborted) {
      const step = await dispatchNextCampaign(deps);
      if (step.kind === 'idle') return;
      completions.completed(step.completed);
    }
  }

  async function pauseMs(): Promise<number> {
    const { due } = await database
      .selectFrom('campaign')
      .select((expression) => expression.fn.min<Date | null>('next_send_at').as('due'))
      .where('status', '=', 'running')
      .executeTakeFirstOrThrow();
    return due === null ? idleMs : Math.min(idleMs, Math.max(busyMs, due.getTime() - clock.now()));
  }

  async function step(): Promise<number> {
    try {
      await dispatchAllDue();
      await publishCampaignEvents(deps);
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

  const service = defineService({
    name: 'dispatch-loop',
    start() {
      running = run();
      return Promise.resolve();
    },
    async stop() {
      stopping.abort();
      await running;
    },
    health: () => (healthy ? { ready: true } : { ready: false, detail: 'dispatching fails' }),
  });
  return Object.assign(service, { wake: () => interrupt.abort() });
}
