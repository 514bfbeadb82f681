import { hkdfSync } from 'node:crypto';
import { KEY_SIZE, KeyPair, type RandomBytes, systemRandom } from '../curve25519/x25519.ts';
import { signXEdDsa } from '../curve25519/xeddsa.ts';
import { certChainCodec, noiseCertificateDetailsCodec } from '../messages/message-codecs.ts';
import { ProtocolError } from '../protocol-error.ts';

/** JSON form. The one secret, base64: the same seed gives the same keys, so clients keep trusting the root. */
export interface SerialisedServerIdentity {
  seed: string;
}

/** The server's static Noise key and its certificate chain root -> intermediate -> leaf. */
export interface ServerIdentity {
  /** Raw root public key: what a client must be told to trust. */
  rootPublicKey: Buffer;
  staticKey: KeyPair;
  /** Encoded CertChain, sent in the server hello. */
  certificateChain: Buffer;
  toJSON(): SerialisedServerIdentity;
}

const NOT_AFTER_SEC = Date.UTC(2100, 0, 1) / 1000;

/**
 * A new identity, or the stored one again. Every key is derived from the seed. The leaf certifies the static key. Clients demand `issuerSerial` 0, present on the
 * wire, in the intermediate (whatsapp-protocol.md section 1).
 */
export function createServerIdentity(
  stored?: SerialisedServerIdentity,
  random: RandomBytes = systemRandom,
): ServerIdentity {
  const seed = stored ? Buffer.from(stored.seed, 'base64') : random(KEY_SIZE);
  if (seed.length !== KEY_SIZE) throw new ProtocolError('bad-key', `a server seed has ${KEY_SIZE} bytes`);
  const root = derive(seed, 'root');
  const intermediate = derive(seed, 'intermediate');
  const staticKey = derive(seed, 'static');
  const certificateChain = certChainCodec.encode({
    intermediate: certify(root, { serial: 1, issuerSerial: 0, key: intermediate.publicKey }, random),
    leaf: certify(intermediate, { serial: 2, issuerSerial: 1, key: staticKey.publicKey }, random),
  });
  return {
    rootPublicKey: root.publicKey,
    staticKey,
    certificateChain,
    toJSON: () => ({ seed: seed.toString('base64') }),
  };
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
