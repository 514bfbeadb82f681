/** Files the launcher keeps in the data folder. Secrets are readable by their owner only. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { networkOfPool } from '@wam/contracts';

const kekBytes = 32;
const ownerOnly = 0o600;

/** Whole or not at all, also when the machine stops in between. */
export function writeWhole(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const written = `${path}.new.${process.pid}`;
  writeFileSync(written, content, { mode: ownerOnly, flush: true });
  renameSync(written, path);
}

/**
 * Base64 of the key that all sealed data of this data folder is under, made at the first start. Who loses the file
 * loses what was sealed; production sets WAM_KEK instead.
 */
export function developmentKek(dataDir: string): string {
  const path = join(dataDir, 'kek');
  if (!existsSync(path)) writeWhole(path, `${randomBytes(kekBytes).toString('base64')}\n`);
  return readFileSync(path, 'utf8').trim();
}

/** The account and session that the launcher made for its user. */
export interface FirstAccount {
  email: string;
  password: string;
  sessionId?: string;
  phone?: string;
}

const firstAccountPath = (dataDir: string): string => join(dataDir, 'first-account.json');

/** @throws when the file is there but not one of ours: overwriting it would lose the password. */
export function readFirstAccount(dataDir: string): FirstAccount | undefined {
  const path = firstAccountPath(dataDir);
  if (!existsSync(path)) return undefined;
  const kept = JSON.parse(readFileSync(path, 'utf8')) as Partial<FirstAccount>;
  if (typeof kept.email !== 'string' || typeof kept.password !== 'string') {
    throw new Error(`${path} holds no account; move it away to get a new one`);
  }
  return kept as FirstAccount;
}

export const writeFirstAccount = (dataDir: string, account: FirstAccount): void =>
  writeWhole(firstAccountPath(dataDir), `${JSON.stringify(account, null, 2)}\n`);

/** Easy to copy from a terminal: letters and digits only, 120 bits. */
export const newPassword = (): string => randomBytes(15).toString('base64url').replaceAll(/[-_]/g, 'x');

const isPool = (value: unknown): value is string =>
  typeof value === 'string' && networkOfPool(value as string) !== undefined;

/** Pools that sessions of this data folder are in; their engines start with the platform. */
export function readPools(path: string): string[] {
  if (!existsSync(path)) return [];
  const kept: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return Array.isArray(kept) ? kept.filter(isPool) : [];
}

export function rememberPool(path: string, pool: string): void {
  const known = readPools(path);
  if (!known.includes(pool)) writeWhole(path, `${JSON.stringify([...known, pool])}\n`);
}
