import type { FastifyRequest } from 'fastify';
import { presentedCredential } from '../authenticate/presented-credential.ts';

/** A header's credential, or else the ticket in the address. */
export function feedCredential({ headers, query }: Pick<FastifyRequest, 'headers' | 'query'>): string | undefined {
  const { ticket } = query as { ticket?: unknown };
  return presentedCredential(headers) ?? (typeof ticket === 'string' ? ticket : undefined);
}
