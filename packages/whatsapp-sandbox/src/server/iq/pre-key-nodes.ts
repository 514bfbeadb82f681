import {
  childNode,
  childNodes,
  contentBytes,
  contentUint,
  type Node,
  type PreKeyBundle,
  uintBytes,
} from '../../protocol/index.ts';
import type { PublicSignedPreKey } from '../../state/companion-device.ts';

/** Content of `type` in key bundles: Curve25519. */
const KEY_BUNDLE_TYPE = Buffer.from([5]);
const PRE_KEY_ID_BYTES = 3;
const REGISTRATION_ID_BYTES = 4;

const leaf = (tag: string, content: Buffer): Node => ({ tag, attrs: {}, content });

export const registrationNode = (registrationId: number): Node =>
  leaf('registration', uintBytes(registrationId, REGISTRATION_ID_BYTES));

export const preKeyIdNode = (id: number): Node => leaf('id', uintBytes(id, PRE_KEY_ID_BYTES));

/** `registration, type, identity, skey`: the keys of a device that stay. */
export const standingKeyNodes = ({ registrationId, identityKey, signedPreKey }: PreKeyBundle): Node[] => [
  registrationNode(registrationId),
  leaf('type', KEY_BUNDLE_TYPE),
  leaf('identity', identityKey),
  {
    tag: 'skey',
    attrs: {},
    content: [
      preKeyIdNode(signedPreKey.id),
      leaf('value', signedPreKey.publicKey),
      leaf('signature', signedPreKey.signature),
    ],
  },
];

/** The children of `user` in an answer to a key query. */
export const bundleNodes = (bundle: PreKeyBundle): Node[] => {
  const { preKey } = bundle;
  if (!preKey) return standingKeyNodes(bundle);
  return [
    ...standingKeyNodes(bundle),
    { tag: 'key', attrs: {}, content: [preKeyIdNode(preKey.id), leaf('value', preKey.publicKey)] },
  ];
};

/** The one-time prekeys of `list`, malformed ones left out. */
export function readPreKeys(list: Node | undefined): { id: number; publicKey: Buffer }[] {
  return childNodes(list, 'key').flatMap((key) => {
    const id = contentUint(childNode(key, 'id'));
    const publicKey = contentBytes(childNode(key, 'value'));
    return id !== undefined && publicKey?.length === 32 ? [{ id, publicKey }] : [];
  });
}

/** The keys of `skey`; undefined when it is malformed. */
export function readSignedPreKey(node: Node | undefined): PublicSignedPreKey | undefined {
  const id = contentUint(childNode(node, 'id'));
  const publicKey = contentBytes(childNode(node, 'value'));
  const signature = contentBytes(childNode(node, 'signature'));
  if (id === undefined || publicKey?.length !== 32 || signature?.length !== 64) return undefined;
  return { id, publicKey, signature };
}
