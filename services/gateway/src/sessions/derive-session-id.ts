import { hash } from 'node:crypto';
import type { Principal } from '@wam/contracts';

/**
 * Id of the default session that an account does not have yet. Whoever asks at the same moment gets the same id, and after a deletion
 * another one, since ids are never used again. A UUID of version 8 (RFC 9562, section 5.8).
 * @param sessionsEver sessions that a caller of this mode has ever seen
 */
export function deriveSessionId({ tenant, mode }: Pick<Principal, 'tenant' | 'mode'>, sessionsEver: number): string {
  const digest = hash('sha256', `default-session/${mode}/${tenant}/${sessionsEver}`);
  const variant = ((Number.parseInt(digest.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `${variant}${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join('-');
}
