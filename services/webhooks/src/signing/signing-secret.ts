import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

const prefix = 'whsec_';
/** The specification asks for 24 to 64. */
const secretBytes = 32;

export const newSigningSecret = (): string => prefix + randomBytes(secretBytes).toString('base64');

/** The key that signs, of `whsec_<base64>`. As KeyObject: importing a Buffer costs every signature 7 us, the signature itself 2 us. */
export const signingKeyOf = (secret: string): KeyObject =>
  createSecretKey(Buffer.from(secret.slice(prefix.length), 'base64'));
