import type { Target, TargetName } from './target.ts';

/**
 * Only the modules of the asked target are loaded: Baileys alone costs a second and 60 MB that a gateway has no use for.
 */
export async function loadTarget(name: TargetName): Promise<Target> {
  switch (name) {
    case 'gateway':
      return (await import('./gateway.ts')).target;
    case 'auth':
      return (await import('./auth.ts')).target;
    case 'session-engine':
      return (await import('./session-engine.ts')).target;
    case 'dispatcher':
      return (await import('./dispatcher.ts')).target;
    case 'analytics':
      return (await import('./analytics.ts')).target;
    case 'webhooks':
      return (await import('./webhooks.ts')).target;
    case 'sandbox':
      return (await import('./sandbox.ts')).target;
    default:
      return name satisfies never;
  }
}
