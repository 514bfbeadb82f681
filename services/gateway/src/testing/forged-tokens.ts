/** Tokens that somebody made, changed or broke. None of them may open anything. */
import { base64url, exportSPKI, generateKeyPair, importJWK } from 'jose';
import { createTestIssuer, type TestIssuer, type TokenOptions } from './test-issuer.ts';

/** What is wrong, and how such a token for the tenant is made. */
export function forgedTokens(issuer: TestIssuer, tenant: string): [title: string, make: () => Promise<string>][] {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const made = (options: TokenOptions) => () => issuer.token(tenant, options);
  const withHeader =
    (header: object, signature = 'AAAA') =>
    async () => {
      const [, payload] = (await issuer.token(tenant)).split('.');
      return `${base64url.encode(JSON.stringify(header))}.${payload}.${signature}`;
    };
  /** Signed by somebody else, with a header that would lead a naive verifier to the key. */
  const stranger = (header: (own: TestIssuer) => TokenOptions['header']) => async () =>
    (await createTestIssuer()).token(tenant, { header: { ...header(issuer) } });
  return [
    ['alg none', withHeader({ alg: 'none', typ: 'at+jwt' }, '')],
    ['alg nOnE', withHeader({ alg: 'nOnE', typ: 'at+jwt' }, '')],
    [
      'HS256 with the public key as PEM',
      async () => {
        const pem = await exportSPKI((await importJWK(issuer.publicKeys[0]!, 'EdDSA')) as never);
        return issuer.token(tenant, { header: { alg: 'HS256' }, key: new TextEncoder().encode(pem) });
      },
    ],
    [
      'HS256 with the raw public key',
      async () => issuer.token(tenant, { header: { alg: 'HS256' }, key: base64url.decode(issuer.publicKeys[0]!.x!) }),
    ],
    ['another key', async () => made({ key: (await generateKeyPair('EdDSA')).privateKey })()],
    [
      'another key, itself in the header',
      async () => {
        const stranger = await createTestIssuer();
        return stranger.token(tenant, { header: { jwk: stranger.publicKeys[0]!, kid: issuer.kid } });
      },
    ],
    ['a key of the other party by address', withHeader({ alg: 'EdDSA', typ: 'at+jwt', jku: 'http://localhost/keys' })],
    ['an unknown key id', made({ header: { kid: 'other' } })],
    ['a key id that is a path', made({ header: { kid: '../../dev/null' } })],
    ['a key id that is a query', made({ header: { kid: "x' UNION SELECT 'secret" } })],
    ['an empty key id', made({ header: { kid: '' } })],
    ['a key id that is no text', made({ header: { kid: 7 as never } })],
    ["a stranger's key with the right key id", stranger(({ kid }) => ({ kid }))],
    ["a stranger's key by its address", stranger(({ kid }) => ({ kid, jku: 'http://127.0.0.1:1/jwks.json' }))],
    ["a stranger's certificate by its address", stranger(({ kid }) => ({ kid, x5u: 'http://127.0.0.1:1/cert.pem' }))],
    ["a stranger's certificate itself", stranger(({ kid }) => ({ kid, x5c: ['MIIB'] }))],
    [
      'another algorithm',
      async () => made({ header: { alg: 'ES256' }, key: (await generateKeyPair('ES256')).privateKey })(),
    ],
    ['an unknown critical header', withHeader({ alg: 'EdDSA', typ: 'at+jwt', crit: ['exp'], exp: 1 })],
    ['expired', made({ claims: { exp: nowSeconds - 1 } })],
    ['not valid yet', made({ claims: { nbf: nowSeconds + 60 } })],
    ['for another audience', made({ claims: { aud: 'other' } })],
    ['from another issuer', made({ claims: { iss: 'other' } })],
    ['of another type', made({ header: { typ: 'JWT' } })],
    ['without a type', made({ header: { typ: undefined as never } })],
    ...['sub', 'email', 'plan', 'gen', 'iat', 'exp', 'jti', 'aud', 'iss'].map(
      (claim): [string, () => Promise<string>] => [`without ${claim}`, made({ claims: { [claim]: undefined } })],
    ),
    ['a subject that is no text', made({ claims: { sub: 42 } })],
    ['a generation that is no number', made({ claims: { gen: 'latest' } })],
    ['a generation that is no whole number', made({ claims: { gen: 0.5 } })],
    [
      'a changed payload',
      async () => {
        const [header, payload, signature] = (await issuer.token(tenant)).split('.');
        const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString());
        return `${header}.${base64url.encode(JSON.stringify({ ...claims, plan: 'enterprise' }))}.${signature}`;
      },
    ],
    ['without a signature', async () => `${(await issuer.token(tenant)).split('.').slice(0, 2).join('.')}.`],
    ['garbage', async () => 'nonsense'],
    ['an encrypted token', async () => 'a.b.c.d.e'],
    ['of 1 MB', async () => 'a'.repeat(1_048_576)],
    ['a good one padded beyond 8 kB', made({ claims: { padding: 'x'.repeat(8_192) } })],
  ];
}
