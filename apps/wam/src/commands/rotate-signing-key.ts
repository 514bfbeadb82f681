/** `wam keys rotate-signing`: a new key for access tokens; nobody is logged out. */
import { internalRequests, type SigningKeyRotation } from '@wam/contracts';
import type { Env } from '@wam/service-kit';
import { askAuth } from './ask-service.ts';

/** @returns the lines to print */
export async function rotateSigningKey(env: Env): Promise<string> {
  const rotation = await askAuth<SigningKeyRotation>(internalRequests.rotateSigningKey, {}, env);
  return [
    `Signing key ${rotation.kid} is published and signs from ${rotation.signsFrom}.`,
    `Tokens of the key before it are good until ${rotation.previousVerifiesUntil}.`,
  ].join('\n');
}
