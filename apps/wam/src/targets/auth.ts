import { createAuth, loadAuthConfig } from '@wam/auth';
import type { Target } from './target.ts';

export const target: Target = {
  load(env) {
    const config = loadAuthConfig(env);
    return (deps) => createAuth(config, deps);
  },
};
