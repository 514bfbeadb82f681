import { unixSeconds } from '../clock.ts';
import type { Node } from '../protocol/index.ts';
import { SERVER_JID } from '../state/account.ts';
import type { ClientConnection, LoggedIn } from './client-connection.ts';
import type { Network } from './network.ts';

/**
 * After `passive/active`: what waited while the client was away, each stanza marked `offline`, then `ib/offline`, which
 * tells it that this was all. Without the latter Baileys holds its events back.
 */
export function activateClient(network: Network, connection: ClientConnection, { device }: LoggedIn): void {
  const waiting = network.world.queueOf(device.number, device.id).offer();
  connection.active = true;
  if (waiting.length > 0) connection.send(preview(waiting.map(({ node }) => node)));
  waiting.forEach(({ node }, index) => {
    connection.send({ ...node, attrs: { ...node.attrs, offline: String(index) } });
  });
  connection.send(info({ tag: 'dirty', attrs: { type: 'account_sync', timestamp: unixSeconds(network.world.clock) } }));
  connection.send(info({ tag: 'offline', attrs: { count: String(waiting.length) } }));
}

const info = (content: Node): Node => ({ tag: 'ib', attrs: { from: SERVER_JID }, content: [content] });

function preview(waiting: readonly Node[]): Node {
  const countOf = (tag: string): string => String(waiting.filter((node) => node.tag === tag).length);
  return info({
    tag: 'offline_preview',
    attrs: {
      count: String(waiting.length),
      message: countOf('message'),
      notification: countOf('notification'),
      receipt: countOf('receipt'),
      appdata: '0',
    },
  });
}
