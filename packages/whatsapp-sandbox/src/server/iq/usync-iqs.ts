import { unixSeconds } from '../../clock.ts';
import { childNode, childNodes, contentText, formatJid, type Node, parseJid } from '../../protocol/index.ts';
import { type Account, lidJid, USER_SERVER } from '../../state/account.ts';
import { type Network, targetOf } from '../network.ts';
import type { IqReply, IqTable, SessionIqRequest } from './iq-handler.ts';

/** Usync: who is on WhatsApp, under which LID, with which devices. */
export const usyncIqs: IqTable<SessionIqRequest> = { 'usync get usync': answerUsync };

/** One user of the query; `account` is undefined for a number that is not on WhatsApp. */
interface AskedUser {
  jid: string;
  /** The number as asked in a contact query. */
  phone: string | undefined;
  account: Account | undefined;
}

/** What each protocol of a query says about a user; undefined leaves it out. */
const PROTOCOLS: Readonly<Record<string, (user: AskedUser, network: Network) => Node | undefined>> = {
  contact: ({ phone, account }) => ({
    tag: 'contact',
    attrs: { type: account ? 'in' : 'out' },
    ...(phone && { content: Buffer.from(`+${phone}`) }),
  }),
  // Every account has one: without it Baileys refuses to send.
  lid: ({ account }) => account && { tag: 'lid', attrs: { val: lidJid(account) } },
  devices: ({ account }, network) => (account ? deviceList(account, network) : noDevices(network)),
  status: () => ({ tag: 'status', attrs: { t: '0' } }),
  disappearing_mode: () => ({ tag: 'disappearing_mode', attrs: { duration: '0', t: '0' } }),
};

function answerUsync({ network, device, payload }: SessionIqRequest): IqReply {
  const { faults } = network;
  if (faults.take('silent-lookups', targetOf(device))) return 'silence';
  const delayMs = faults.take('slow-lookups', targetOf(device))?.delayMs ?? 0;

  const protocols = childNodes(childNode(payload, 'query')).map(({ tag }) => tag);
  const users = childNodes(childNode(payload, 'list'), 'user').flatMap((user) => {
    const asked = readUser(user, network);
    return asked ? [answerUser(asked, protocols, network)] : [];
  });
  const usync: Node = {
    tag: 'usync',
    attrs: { ...payload.attrs },
    content: [
      { tag: 'result', attrs: {}, content: protocols.map((tag) => ({ tag, attrs: {} })) },
      { tag: 'list', attrs: {}, content: users },
    ],
  };
  return { result: [usync], delayMs };
}

function readUser(user: Node, { world }: Network): AskedUser | undefined {
  const phone = contentText(childNode(user, 'contact'))?.replace(/\D/g, '') || undefined;
  const jid = user.attrs.jid ?? (phone && formatJid({ user: phone, server: USER_SERVER }));
  const address = jid === undefined ? undefined : parseJid(jid);
  if (!jid || !address) return undefined;
  return {
    jid: formatJid({ user: address.user, server: address.server }),
    phone,
    account: world.directory.resolveJid(jid),
  };
}

function answerUser(user: AskedUser, protocols: readonly string[], network: Network): Node {
  const content = protocols.flatMap((protocol) => PROTOCOLS[protocol]?.(user, network) ?? []);
  return { tag: 'user', attrs: { jid: user.jid }, content };
}

function deviceList(account: Account, { world }: Network): Node {
  const linked = Array.from(account.devices.values(), ({ id, keyIndex }) => ({
    tag: 'device',
    // Without the key index Baileys ignores the device.
    attrs: { id: String(id), 'key-index': String(keyIndex) },
  }));
  return {
    tag: 'devices',
    attrs: {},
    content: [
      { tag: 'device-list', attrs: {}, content: [{ tag: 'device', attrs: { id: '0' } }, ...linked] },
      { tag: 'key-index-list', attrs: { ts: unixSeconds(world.clock) } },
    ],
  };
}

function noDevices({ behaviour }: Network): Node {
  const content: Node[] =
    behaviour.unknownNumberDevices === 'error'
      ? [{ tag: 'error', attrs: { code: '404', text: 'item-not-found' } }]
      : [{ tag: 'device-list', attrs: {}, content: [] }];
  return { tag: 'devices', attrs: {}, content };
}
