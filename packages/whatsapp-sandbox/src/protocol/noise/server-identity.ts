import type { KeyPair, RandomBytes } from '../curve25519/x25519.ts';

/** JSON form, base64; keeps the root so that clients trusting it still do after a restart. */
export interface SerialisedServerIdentity {
  rootPrivateKey: string;
  intermediatePrivateKey: string;
  staticPrivateKey: string;
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

export function createServerIdentity(_stored?: SerialisedServerIdentity, _random?: RandomBytes): ServerIdentity {
  throw new Error('not written yet');
}
