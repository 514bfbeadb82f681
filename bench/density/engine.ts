/** The engine in a process of its own, watched from outside. */
import { createSilentLogger } from '@wam/service-kit';
import { createSessionEngine, loadSessionEngineConfig } from '@wam/session-engine';
import { serveCalls } from '../child-calls.ts';
import { createEventLoopMeter } from '../event-loop-meter.ts';
import { cpuMs, footprint } from './footprint.ts';

const meter = createEventLoopMeter();
let engine: ReturnType<typeof createSessionEngine> | undefined;

serveCalls({
  start: async (env: Record<string, string>) => {
    engine = createSessionEngine(loadSessionEngineConfig(env), { logger: createSilentLogger() });
    await engine.start();
  },
  stop: () => engine?.stop(),
  footprint,
  cpuMs,
  /** Event-loop lag since the last call. */
  lag: () => meter.read(),
});
