import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { accessTokenAlgorithm } from '../token/access-token.ts';

export interface GeneratedKey {
  kid: string;
  publicJwk: JWK;
  privateJwk: JWK;
}

/** A fresh Ed25519 pair; its kid is the RFC 7638 thumbprint, so that equal kids are equal keys. */
export async function generateSigningKey(): Promise<GeneratedKey> {
  const pair = await generateKeyPair(accessTokenAlgorithm, { crv: 'Ed25519', extractable: true });
  const publicOnly = await exportJWK(pair.publicKey);
  const kid = await calculateJwkThumbprint(publicOnly);
  const marks = { kid, alg: accessTokenAlgorithm, use: 'sig' };
  return {
    kid,
    publicJwk: { ...publicOnly, ...marks },
    privateJwk: { ...(await exportJWK(pair.privateKey)), ...marks },
  };
}
