import { createDispatcher, loadDispatcherConfig } from '@wam/dispatcher';
import type { Target } from './target.ts';

export const target: Target = {
  load(env) {
    const config = loadDispatcherConfig(env);
    return (deps) => createDispatcher(config, deps);
  },
};
