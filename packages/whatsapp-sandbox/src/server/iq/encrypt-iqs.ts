import { createHash } from 'node:crypto';
import { unixSeconds } from '../../clock.ts';
import { childNode, childNodes, type Node, type PreKeyBundle, parseJid } from '../../protocol/index.ts';
import { SERVER_JID } from '../../state/account.ts';
import { bundleOf, type CompanionDevice } from '../../state/companion-device.ts';
import { type Network, targetOf } from '../network.ts';
import { type IqReply, type IqTable, itemNotFound, type SessionIqRequest } from './iq-handler.ts';
import { bundleNodes, preKeyIdNode, readPreKeys, readSignedPreKey, standingKeyNodes } from './pre-key-nodes.ts';

/** Below this many one-time prekeys the client is asked for more; Baileys then uploads five. */
const LOW_PRE_KEYS = 5;

/** Prekeys: a client counts, checks and uploads its own, and asks for those of others. */
export const encryptIqs: IqTable<SessionIqRequest> = {
  'encrypt get count': ({ device }) => ({
    result: [{ tag: 'count', attrs: { value: String(device.preKeys.size) } }],
  }),
  'encrypt get digest': ({ device }) => (device.preKeys.size === 0 ? itemNotFound : { result: [digest(device)] }),
  'encrypt set registration': uploadPreKeys,
  'encrypt set rotate': rotateSignedPreKey,
  'encrypt get key': queryBundles,
};

function digest(device: CompanionDevice): Node {
  const ids = Array.from(device.preKeys.keys());
  const hash = createHash('sha1').update(device.identityKey).update(device.signedPreKey.publicKey);
  for (const key of device.preKeys.values()) hash.update(key);
  return {
    tag: 'digest',
    attrs: {},
    content: [
      ...standingKeyNodes(bundleOf(device, undefined)),
      { tag: 'list', attrs: {}, content: ids.map(preKeyIdNode) },
      { tag: 'hash', attrs: {}, content: hash.digest() },
    ],
  };
}

function uploadPreKeys({ network, device, iq }: SessionIqRequest): IqReply {
  const signedPreKey = readSignedPreKey(childNode(iq, 'skey'));
  if (!signedPreKey) return { error: 400, text: 'bad-request' };
  const { directory } = network.world;
  directory.addPreKeys(device, readPreKeys(childNode(iq, 'list')));
  directory.setSignedPreKey(device, signedPreKey);
  return { result: [], onceStored: true };
}

function rotateSignedPreKey({ network, device, payload }: SessionIqRequest): IqReply {
  const signedPreKey = readSignedPreKey(childNode(payload, 'skey'));
  if (!signedPreKey) return { error: 400, text: 'bad-request' };
  network.world.directory.setSignedPreKey(device, signedPreKey);
  return { result: [], onceStored: true };
}

function queryBundles({ network, device, payload }: SessionIqRequest): IqReply {
  const fault = network.faults.take('key-errors', targetOf(device));
  if (fault) return { error: fault.code, text: 'injected-fault' };
  const t = unixSeconds(network.world.clock);
  const users = childNodes(payload, 'user').map((user): Node => {
    const jid = user.attrs.jid ?? '';
    const bundle = takeBundle(network, jid);
    const content = bundle ? bundleNodes(bundle) : [{ tag: 'error', attrs: { code: '404', text: 'item-not-found' } }];
    return { tag: 'user', attrs: { jid, t }, content };
  });
  return { result: [{ tag: 'list', attrs: {}, content: users }] };
}

function takeBundle(network: Network, jid: string): PreKeyBundle | undefined {
  const { world } = network;
  const account = world.directory.resolveJid(jid);
  if (!account) return undefined;
  const deviceId = parseJid(jid)?.device ?? 0;
  if (deviceId === 0) return world.phones.of(account.number).mintBundle();
  const device = account.devices.get(deviceId);
  return device && takeDeviceBundle(network, device);
}

/** A linked device's bundle; when it uses up one of the last prekeys, the device is asked for more. */
export function takeDeviceBundle(network: Network, device: CompanionDevice): PreKeyBundle {
  const { world, connected } = network;
  const bundle = world.directory.takeBundle(device);
  const left = device.preKeys.size;
  const connection = connected.of(device);
  if (bundle.preKey && left < LOW_PRE_KEYS && connection) {
    connection.send({
      tag: 'notification',
      attrs: { from: SERVER_JID, id: connection.newId(), type: 'encrypt', t: unixSeconds(world.clock) },
      content: [{ tag: 'count', attrs: { value: String(left) } }],
    });
  }
  return bundle;
}
