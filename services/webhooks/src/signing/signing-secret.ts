import { randomBytes } from 'node:crypto';
import { createSigningKey, type SigningKey } from './signing-key.ts';

const prefix = 'whsec_';
/** The specification asks for 24 to 64. */
const secretBytes = 32;

export const newSigningSecret = (): string => prefix + randomBytes(secretBytes).toString('base64');

/** The key that signs, of `whsec_<base64>`. */
export const signingKeyOf = (secret: string): SigningKey =>
  createSigningKey(Buffer.from(secret.slice(prefix.length), 'base64'));
