import { type AuthenticationCreds, initAuthCreds } from '@whiskeysockets/baileys';
import { decodeSignalValue, encodeSignalValue } from '../signal-keys/signal-value-codec.ts';

/** A copy as bytes: Baileys mutates the object for as long as the socket lives. */
export const snapshotCredentials = (creds: AuthenticationCreds): Buffer => encodeSignalValue('creds', creds);

/**
 * Whether a phone has linked this device. Only then has it signed the account's identity; `me` is set as soon as a pairing code is asked
 * for, and `registered` stays false after a QR scan (protocol reference, section 2).
 */
export const isPaired = (creds: AuthenticationCreds): boolean => creds.account !== undefined;

/**
 * New credentials when there are none, or none worth keeping: a session that was never paired starts afresh. With those of a pairing code
 * that nobody typed Baileys would try to log in, and be refused as logged out.
 */
export function restoreCredentials(snapshot: Buffer | undefined): AuthenticationCreds {
  if (!snapshot) return initAuthCreds();
  const creds = decodeSignalValue(snapshot) as AuthenticationCreds;
  return isPaired(creds) ? creds : initAuthCreds();
}
