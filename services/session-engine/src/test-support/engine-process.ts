/** An engine in a process of its own, so that a spec can end it as a power cut would. Settings come from the environment. */
import { createSilentLogger, runUntilSignal } from '@wam/service-kit';
import { loadSessionEngineConfig } from '../config.ts';
import { createSessionEngine } from '../create-session-engine.ts';

const logger = createSilentLogger();
const engine = createSessionEngine(loadSessionEngineConfig(process.env), { logger });
const report = setInterval(() => {
  if (!engine.health().ready) return;
  clearInterval(report);
  process.send?.('ready');
}, 20);
await runUntilSignal(engine, { logger });
clearInterval(report);
// As the real entry does: Baileys leaves a timer of 30 s behind each upload of prekeys.
process.exit(0);
