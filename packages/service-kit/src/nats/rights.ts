import { errors, type NatsConnection } from '@nats-io/transport-node';
import { rightsSubject } from './permissions.ts';

/**
 * Whether the connected server gives the users of the bus what this release needs, asked by a user that `checksRights`. A server without users allows everything.
 * @throws what a request throws when the server does not answer
 */
export async function hasRightsOfRelease(nc: NatsConnection, timeoutMs = 5_000): Promise<boolean> {
  try {
    await nc.request(rightsSubject(), '', { timeout: timeoutMs });
  } catch (error) {
    const cause = error instanceof errors.RequestError ? error.cause : error;
    if (cause instanceof errors.PermissionViolationError) return false;
    // The usual answer: it is allowed, and nobody listens.
    const isUnheard = error instanceof errors.RequestError && error.isNoResponders();
    if (!isUnheard) throw error;
  }
  return true;
}
