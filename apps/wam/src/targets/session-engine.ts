import { createSessionEngine, loadSessionEngineConfig } from '@wam/session-engine';
import type { Target } from './target.ts';

export const target: Target = {
  load(env) {
    const config = loadSessionEngineConfig(env);
    return (deps) => createSessionEngine(config, deps);
  },
};
