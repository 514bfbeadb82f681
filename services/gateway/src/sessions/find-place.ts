import type { Principal, RejectionBody } from '@wam/contracts';
import type { SessionDirectory, SessionPlace } from './session-directory.ts';

/** Where a session of the caller lives; SESSION_NOT_FOUND, also for another tenant's, or TEST_KEY_ON_LIVE_SESSION. */
export function findPlace(
  directory: SessionDirectory,
  principal: Principal,
  sessionId: string,
  requestId: string,
): SessionPlace | RejectionBody | Promise<SessionPlace | RejectionBody> {
  const cached = directory.cached(principal.tenant, sessionId);
  if (cached !== undefined) return permitted(principal, cached);
  return directory
    .find(principal, sessionId, requestId)
    .then((found) => ('code' in found ? found : permitted(principal, found)));
}

/** A test key reaches the simulated network only, and makes sessions only there. */
export const permitted = (principal: Principal, place: SessionPlace): SessionPlace | RejectionBody =>
  principal.mode === 'test' && place.network !== 'sandbox' ? { code: 'TEST_KEY_ON_LIVE_SESSION' } : place;
