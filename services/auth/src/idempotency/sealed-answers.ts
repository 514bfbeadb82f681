import type { ServiceReply } from '@wam/contracts';
import type { Sealer } from '@wam/service-kit';

/** Answers at rest. They may hold what is shown once, such as an API key. */
export interface SealedAnswers {
  seal(tenant: string, id: string, reply: ServiceReply): Buffer;
  open(tenant: string, id: string, sealed: Buffer): ServiceReply;
}

export function createSealedAnswers(sealer: Sealer): SealedAnswers {
  const contextOf = (tenant: string, id: string) => ({ tenant, purpose: 'once-answer', id });
  return {
    seal: (tenant, id, reply) => sealer.seal(contextOf(tenant, id), JSON.stringify(reply)),
    open: (tenant, id, sealed) => JSON.parse(sealer.open(contextOf(tenant, id), sealed).toString('utf8')),
  };
}
