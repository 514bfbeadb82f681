import type { IncomingHttpHeaders } from 'node:http';
import { looksLikeApiKey } from './api-keys.ts';

const scheme = 'bearer ';

/** What came with `Authorization: Bearer`, or else an API key in `X-Api-Key`; undefined when nothing usable did. */
export function presentedCredential({ authorization, 'x-api-key': apiKey }: IncomingHttpHeaders): string | undefined {
  if (authorization === undefined) return typeof apiKey === 'string' && looksLikeApiKey(apiKey) ? apiKey : undefined;
  if (authorization.slice(0, scheme.length).toLowerCase() !== scheme) return undefined;
  return authorization.slice(scheme.length).trim() || undefined;
}
