import { createHash, randomBytes } from 'node:crypto';
import type { Scope } from '@wam/contracts';

export interface ApiKey {
  /** `key_` + ULID */
  id: string;
  tenant: string;
  name: string;
  mode: 'live' | 'test';
  scopes: readonly Scope[];
  prefix: string;
  createdAt: Date;
  lastUsedAt: Date | null;
}
export const maxApiKeysPerAccount = 50;
export const defaultScopes: readonly Scope[] = ['read', 'send'];

const secretBytes = 32;
/** `wa_live_` and four characters: enough to tell keys apart, and 232 bits of the secret are left. */
const prefixLength = 12;

/** `wa_live_` or `wa_test_` and 256 random bits, which nobody guesses: a plain hash of it is as good as a slow one. */
export const newApiKeySecret = (mode: ApiKey['mode']): string =>
  `wa_${mode}_${randomBytes(secretBytes).toString('base64url')}`;
export const apiKeyPrefix = (key: string): string => key.slice(0, prefixLength);
export const hashApiKey = (key: string): Buffer => createHash('sha256').update(key).digest();
