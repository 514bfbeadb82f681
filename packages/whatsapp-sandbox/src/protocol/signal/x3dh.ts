import type { KeyPair } from '../curve25519/x25519.ts';
import { deriveInitialKeys, type RootStep } from './key-schedule.ts';

// X3DH (https://signal.org/docs/specifications/x3dh/), section 3.3; both sides concatenate DH1 to DH4 alike.

/** The side that fetched a bundle and writes first. Keys of the peer raw. */
export function agreeAsInitiator(input: {
  identity: KeyPair;
  base: KeyPair;
  remoteIdentity: Buffer;
  remoteSignedPreKey: Buffer;
  remotePreKey: Buffer | undefined;
}): RootStep {
  const { identity, base, remoteIdentity, remoteSignedPreKey, remotePreKey } = input;
  return deriveInitialKeys([
    identity.agree(remoteSignedPreKey),
    base.agree(remoteIdentity),
    base.agree(remoteSignedPreKey),
    ...(remotePreKey ? [base.agree(remotePreKey)] : []),
  ]);
}

/** The side whose bundle was used. Keys of the peer raw. */
export function agreeAsResponder(input: {
  identity: KeyPair;
  signedPreKey: KeyPair;
  preKey: KeyPair | undefined;
  remoteIdentity: Buffer;
  remoteBase: Buffer;
}): RootStep {
  const { identity, signedPreKey, preKey, remoteIdentity, remoteBase } = input;
  return deriveInitialKeys([
    signedPreKey.agree(remoteIdentity),
    identity.agree(remoteBase),
    signedPreKey.agree(remoteBase),
    ...(preKey ? [preKey.agree(remoteBase)] : []),
  ]);
}
