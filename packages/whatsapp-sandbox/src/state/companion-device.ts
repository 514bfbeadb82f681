import type { PreKeyBundle } from '../protocol/index.ts';

/** Name of a device in record keys and logs: `number:id`. */
export type DeviceKey = string;

export interface PublicSignedPreKey {
  id: number;
  publicKey: Buffer;
  signature: Buffer;
}

/** A linked client: what the server knows of it. Its private keys are its own. */
export interface CompanionDevice {
  readonly number: string;
  readonly id: number;
  /** Position in the account's signed key-index list. */
  readonly keyIndex: number;
  /** The tenant that linked it; opaque. */
  readonly owner: string;
  /** Noise static key it registered with; a login with another key is not this device. */
  readonly noiseKey: Buffer;
  readonly identityKey: Buffer;
  readonly registrationId: number;
  signedPreKey: PublicSignedPreKey;
  /** One-time prekeys not handed out yet, oldest first, by id. */
  readonly preKeys: Map<number, Buffer>;
}

export interface CompanionDeviceRecord {
  keyIndex: number;
  owner: string;
  noiseKey: string;
  identityKey: string;
  registrationId: number;
  signedPreKey: { id: number; publicKey: string; signature: string };
}

export const deviceKey = (number: string, id: number): DeviceKey => `${number}:${id}`;

export const deviceRecord = (device: CompanionDevice): CompanionDeviceRecord => ({
  keyIndex: device.keyIndex,
  owner: device.owner,
  noiseKey: device.noiseKey.toString('base64'),
  identityKey: device.identityKey.toString('base64'),
  registrationId: device.registrationId,
  signedPreKey: {
    id: device.signedPreKey.id,
    publicKey: device.signedPreKey.publicKey.toString('base64'),
    signature: device.signedPreKey.signature.toString('base64'),
  },
});

export function restoreDevice(key: DeviceKey, record: CompanionDeviceRecord): CompanionDevice {
  const [number = '', id] = key.split(':');
  return {
    number,
    id: Number(id),
    keyIndex: record.keyIndex,
    owner: record.owner,
    noiseKey: Buffer.from(record.noiseKey, 'base64'),
    identityKey: Buffer.from(record.identityKey, 'base64'),
    registrationId: record.registrationId,
    signedPreKey: {
      id: record.signedPreKey.id,
      publicKey: Buffer.from(record.signedPreKey.publicKey, 'base64'),
      signature: Buffer.from(record.signedPreKey.signature, 'base64'),
    },
    preKeys: new Map(),
  };
}

/** What others need to write to the device first, with the one-time prekey taken for it if there was one left. */
export const bundleOf = (device: CompanionDevice, preKey: PreKeyBundle['preKey']): PreKeyBundle => ({
  registrationId: device.registrationId,
  identityKey: device.identityKey,
  signedPreKey: device.signedPreKey,
  ...(preKey ? { preKey } : {}),
});
