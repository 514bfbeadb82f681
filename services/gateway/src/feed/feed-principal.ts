import type { Principal } from '@wam/contracts';

/** As whom the feed of an account asks other services, for all of its followers. */
export const feedPrincipal = (tenant: string): Principal => ({
  tenant,
  actor: { kind: 'apiKey', keyId: 'event-feed', name: 'event feed' },
  plan: '',
  scopes: ['read', 'manage'],
  mode: 'live',
});
