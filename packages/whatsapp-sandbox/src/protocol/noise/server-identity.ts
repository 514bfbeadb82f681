import { hkdfSync } from 'node:crypto';
import { KEY_SIZE, KeyPair, type RandomBytes, systemRandom } from '../curve25519/x25519.ts';
import { signXEdDsa } from '../curve25519/xeddsa.ts';
import { certChainCodec, noiseCertificateDetailsCodec } from '../messages/message-codecs.ts';
import { ProtocolError } from '../protocol-error.ts';

/** The server's static Noise key and its certificate chain root -> intermediate -> leaf. */
export interface ServerIdentity {
  /** The one secret, 32 bytes: persist it and the same seed gives the same keys, so clients keep trusting the root. */
  seed: Buffer;
  /** Raw root public key: what a client must be told to trust. */
  rootPublicKey: Buffer;
  staticKey: KeyPair;
  /** Encoded CertChain, sent in the server hello. */
  certificateChain: Buffer;
}

const NOT_AFTER_SEC = Date.UTC(2100, 0, 1) / 1000;

/**
 * Derives every key from `seed`. The leaf certifies the static key. Clients demand `issuerSerial` 0, present on the
 * wire, in the intermediate (whatsapp-protocol.md section 1).
 */
export function createServerIdentity(seed?: Buffer, random: RandomBytes = systemRandom): ServerIdentity {
  const secret = seed ?? random(KEY_SIZE);
  if (secret.length !== KEY_SIZE) throw new ProtocolError('bad-key', `a server seed has ${KEY_SIZE} bytes`);
  const root = derive(secret, 'root');
  const intermediate = derive(secret, 'intermediate');
  const staticKey = derive(secret, 'static');
  const certificateChain = certChainCodec.encode({
    intermediate: certify(root, { serial: 1, issuerSerial: 0, key: intermediate.publicKey }, random),
    leaf: certify(intermediate, { serial: 2, issuerSerial: 1, key: staticKey.publicKey }, random),
  });
  return { seed: secret, rootPublicKey: root.publicKey, staticKey, certificateChain };
}

function derive(seed: Buffer, purpose: string): KeyPair {
  return KeyPair.fromPrivateKey(
    Buffer.from(hkdfSync('sha256', seed, Buffer.alloc(0), `wam sandbox noise ${purpose}`, KEY_SIZE)),
  );
}

function certify(
  issuer: KeyPair,
  subject: { serial: number; issuerSerial: number; key: Buffer },
  random: RandomBytes,
): { details: Buffer; signature: Buffer } {
  const details = noiseCertificateDetailsCodec.encode({ ...subject, notBefore: 0, notAfter: NOT_AFTER_SEC });
  return { details, signature: signXEdDsa(issuer.privateKey, details, random) };
}
