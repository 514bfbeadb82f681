import type { ServiceReply } from '@wam/contracts';
import type { SealContext, Sealer } from '@wam/service-kit';

/** Answers at rest. They may hold what is shown once, such as an API key. */
export interface SealedAnswers {
  seal(tenant: string, id: string, reply: ServiceReply): Buffer;
  open(tenant: string, id: string, sealed: Buffer): ServiceReply;
}

export const onceAnswerContext = (tenant: string, id: string): SealContext => ({ tenant, purpose: 'once-answer', id });

export function createSealedAnswers(sealer: Sealer): SealedAnswers {
  return {
    seal: (tenant, id, reply) => sealer.seal(onceAnswerContext(tenant, id), JSON.stringify(reply)),
    open: (tenant, id, sealed) => JSON.parse(sealer.open(onceAnswerContext(tenant, id), sealed).toString('utf8')),
  };
}
