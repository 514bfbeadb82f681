/** Makes X25519 key pairs in a thread of its own. In: `{id, count}`. Out: `{id, bytes}`, 64 bytes a pair: private key, public key. */
import { generateKeyPairSync } from 'node:crypto';
import { parentPort } from 'node:worker_threads';

const keyBytes = 32;
parentPort?.on('message', ({ id, count }: { id: number; count: number }) => {
  const bytes = new Uint8Array(count * 2 * keyBytes);
  for (let index = 0; index < count; index++) {
    // The raw keys are the last 32 bytes of both DER forms (RFC 8410).
    const { privateKey, publicKey } = generateKeyPairSync('x25519', {
      privateKeyEncoding: { format: 'der', type: 'pkcs8' },
      publicKeyEncoding: { format: 'der', type: 'spki' },
    });
    bytes.set(privateKey.subarray(-keyBytes), index * 2 * keyBytes);
    bytes.set(publicKey.subarray(-keyBytes), (index * 2 + 1) * keyBytes);
  }
  parentPort?.postMessage({ id, bytes }, [bytes.buffer]);
});
