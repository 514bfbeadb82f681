/** What Postgres keeps of a password, and takes in place of it: nobody can connect with it, so it may stand where statements are logged. Pure. */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

/** As Postgres does (`scram_iterations`). The passwords here are random, which no number of iterations makes better. */
const iterations = 4096;

/**
 * SCRAM-SHA-256 (RFC 5802, RFC 7677) in the form of `pg_authid.rolpassword`.
 * @param password of ASCII, so that SASLprep leaves it as it is
 * @param salt 16 bytes
 */
export function scramVerifier(password: string, salt: Uint8Array): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const keyed = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(keyed('Client Key')).digest('base64');
  const serverKey = keyed('Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${Buffer.from(salt).toString('base64')}$${storedKey}:${serverKey}`;
}
