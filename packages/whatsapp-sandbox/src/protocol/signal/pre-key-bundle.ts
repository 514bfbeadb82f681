/**
 * What one device publishes so that others can write to it first. Public keys are raw (32 bytes), ids fit 24 bits.
 * The signature is XEdDSA by the identity key over the 33-byte form of the signed prekey.
 */
export interface PreKeyBundle {
  registrationId: number;
  identityKey: Buffer;
  signedPreKey: { id: number; publicKey: Buffer; signature: Buffer };
  /** Absent once a device has none left; the session then lacks the fourth agreement. */
  preKey?: { id: number; publicKey: Buffer };
}
