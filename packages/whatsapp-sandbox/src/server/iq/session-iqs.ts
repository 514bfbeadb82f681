import { childNodes, parseJid } from '../../protocol/index.ts';
import { activateClient } from '../activate-client.ts';
import { forgetDevice, unlinkDevice } from '../unlink-device.ts';
import { empty, type IqReply, type IqTable, type SessionIqRequest } from './iq-handler.ts';

/** Coming online, staying online, leaving for good. */
export const sessionIqs: IqTable<SessionIqRequest> = {
  'passive set active': ({ network, connection, account, device }) => ({
    result: [],
    afterwards: () => activateClient(network, connection, { account, device }),
  }),
  'passive set passive': ({ connection }) => {
    connection.active = false;
    return empty;
  },
  'w:p get ping': () => empty,
  'md set remove-companion-device': removeDevices,
  'urn:xmpp:whatsapp:dirty set clean': () => empty,
  'w:sync:app:state set sync': ({ payload }) => ({
    // No collection has any state: each keeps its version, without patches or snapshot.
    result: [
      {
        tag: 'sync',
        attrs: {},
        content: childNodes(payload, 'collection').map(({ attrs }) => ({
          tag: 'collection',
          attrs: { name: attrs.name ?? '', version: attrs.version ?? '0', type: 'result' },
        })),
      },
    ],
  }),
};

/** A client logs itself out, or another device of its account. */
function removeDevices({ network, account, device, iq }: SessionIqRequest): IqReply {
  return {
    result: [],
    afterwards: () => {
      for (const { attrs } of childNodes(iq, 'remove-companion-device')) {
        const removed = account.devices.get(parseJid(attrs.jid ?? '')?.device ?? 0);
        // The client that logs itself out closes by itself; telling it 401 as well would race with that.
        if (removed === device) forgetDevice(network, account, device);
        else if (removed) unlinkDevice(network, account, removed);
      }
    },
  };
}
