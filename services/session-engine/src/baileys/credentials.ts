import { type AuthenticationCreds, initAuthCreds } from '@whiskeysockets/baileys';
import { decodeSignalValue, encodeSignalValue } from '../signal-keys/signal-value-codec.ts';

/** A copy as bytes: Baileys mutates the object for as long as the socket lives. */
export const snapshotCredentials = (creds: AuthenticationCreds): Buffer => encodeSignalValue('creds', creds);

/** New credentials when there are none, or none worth keeping: a session that was never paired starts afresh. */
export function restoreCredentials(snapshot: Buffer | undefined): AuthenticationCreds {
  if (!snapshot) return initAuthCreds();
  const creds = decodeSignalValue(snapshot) as AuthenticationCreds;
  // `registered` stays false after QR pairing; `me` alone tells a paired session (protocol reference, section 2).
  return creds.me === undefined ? initAuthCreds() : creds;
}
