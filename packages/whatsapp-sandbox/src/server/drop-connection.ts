import type { DropCode } from '../faults/fault.ts';
import type { Node } from '../protocol/index.ts';
import type { ClientConnection } from './client-connection.ts';
import type { Network } from './network.ts';
import { unlinkDevice } from './unlink-device.ts';

/**
 * How a connection can be lost: with a code (what Baileys will report), or in the ways that all look like 428 to it:
 * a TCP reset, a plain close, the end of the stream; or by falling silent, which only its keepalive notices.
 */
export type DropKind = DropCode | 'reset' | 'close' | 'stream-end' | 'silence';

const streamError = (code: number): Node => ({ tag: 'stream:error', attrs: { code: String(code) } });

/** `stream:error` of a device that logged in elsewhere. */
export const REPLACED: Node = {
  tag: 'stream:error',
  attrs: {},
  content: [{ tag: 'conflict', attrs: { type: 'replaced' } }],
};

/** `stream:error` of a device that is no longer linked. */
export const DEVICE_REMOVED: Node = {
  tag: 'stream:error',
  attrs: { code: '401' },
  content: [{ tag: 'conflict', attrs: { type: 'device_removed' } }],
};

/** Refusal of a login, or the end of a session that is banned, too old, or not served. */
export const failure = (reason: number): Node => ({
  tag: 'failure',
  attrs: { reason: String(reason), location: 'sandbox' },
});

/** Ends a connection. 401 also unlinks the device, as losing it to `device_removed` means on the real service. */
export function dropConnection(network: Network, connection: ClientConnection, kind: DropKind): void {
  if (kind === 401 && connection.loggedIn) {
    unlinkDevice(network, connection.loggedIn.account, connection.loggedIn.device);
    return;
  }
  network.connected.detach(connection);
  const last = lastStanza(kind);
  if (last) connection.endWith(last);
  else if (kind === 'close') connection.close();
  else if (kind === 'silence') connection.fallSilent();
  else connection.terminate();
}

/** The stanza that tells the client why; undefined when it is not told. */
function lastStanza(kind: DropKind): Node | undefined {
  switch (kind) {
    case 401:
      return DEVICE_REMOVED;
    case 403:
    case 405:
      return failure(kind);
    case 440:
      return REPLACED;
    case 503:
    case 515:
      return streamError(kind);
    case 'stream-end':
      return { tag: 'xmlstreamend', attrs: {} };
    case 428:
    case 'reset':
    case 'close':
    case 'silence':
      return undefined;
  }
}
