import { createHash } from 'node:crypto';
import { formatJid } from '../protocol/index.ts';
import type { CompanionDevice } from './companion-device.ts';

export const USER_SERVER = 's.whatsapp.net';
export const LID_SERVER = 'lid';
/** The server itself, as sender of its own stanzas. */
export const SERVER_JID = `@${USER_SERVER}`;

/** One phone number on the network: its phone is device 0 and always simulated, the others are linked clients. */
export interface Account {
  /** Digits only, international form. */
  readonly number: string;
  /** User part of the account's LID, the second address every account has. */
  readonly lid: string;
  name: string;
  nextDeviceId: number;
  readonly devices: Map<number, CompanionDevice>;
}

export interface AccountRecord {
  name: string;
  nextDeviceId: number;
}

export function newAccount(number: string, stored?: AccountRecord): Account {
  return {
    number,
    lid: lidOf(number),
    name: stored?.name ?? `User ${number.slice(-4)}`,
    nextDeviceId: stored?.nextDeviceId ?? 1,
    devices: new Map(),
  };
}

export const accountRecord = ({ name, nextDeviceId }: Account): AccountRecord => ({ name, nextDeviceId });

/** The LID of a number: 15 digits, always the same, not guessable as a phone number. */
export function lidOf(number: string): string {
  const digest = createHash('sha256').update(number).digest();
  return String(100_000_000_000_000n + (digest.readBigUInt64BE() % 900_000_000_000_000n));
}

/** The jid by phone number of one device of an account. */
export const numberJid = (account: Account, device = 0): string =>
  formatJid({ user: account.number, server: USER_SERVER, device });

/** The jid by LID of one device of an account. */
export const lidJid = (account: Account, device = 0): string =>
  formatJid({ user: account.lid, server: LID_SERVER, device });

/** 7 to 15 digits without a leading zero, as E.164 allows. */
export const isPhoneNumber = (text: string): boolean => /^[1-9]\d{6,14}$/.test(text);
