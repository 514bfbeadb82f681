/** Issues tokens as auth does, and as attackers would. */
import { randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';

export interface TokenOptions {
  claims?: Record<string, unknown>;
  header?: Partial<JWTHeaderParameters>;
  key?: CryptoKey | Uint8Array;
}
export interface TestIssuer {
  publicKeys: JWK[];
  kid: string;
  /** A good token of the tenant, unless the options spoil it. A claim set to undefined is left out. */
  token(tenant: string, options?: TokenOptions): Promise<string>;
  /** A second key that verifies as soon as it is published. */
  rotate(): Promise<void>;
}

export async function createTestIssuer(): Promise<TestIssuer> {
  const publicKeys: JWK[] = [];
  let kid = '';
  let privateKey: CryptoKey;
  async function rotate(): Promise<void> {
    const pair = await generateKeyPair('EdDSA', { extractable: true });
    kid = randomUUID();
    privateKey = pair.privateKey;
    publicKeys.unshift({ ...(await exportJWK(pair.publicKey)), kid, alg: 'EdDSA', use: 'sig' });
  }
  await rotate();
  return {
    publicKeys,
    get kid() {
      return kid;
    },
    rotate,
    token(tenant, { claims, header, key } = {}) {
      const nowSeconds = Math.floor(Date.now() / 1000);
      const payload = {
        iss: 'wamessenger',
        aud: 'wamessenger-api',
        sub: tenant,
        email: 'user@example.com',
        plan: 'trial',
        gen: 0,
        iat: nowSeconds,
        exp: nowSeconds + 3600,
        jti: randomUUID(),
        ...claims,
      };
      return new SignJWT(JSON.parse(JSON.stringify(payload)))
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid, ...header })
        .sign(key ?? privateKey);
    },
  };
}
