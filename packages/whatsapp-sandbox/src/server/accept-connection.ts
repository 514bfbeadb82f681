import type { WebSocket } from 'ws';
import type { ClientPayload } from '../protocol/index.ts';
import { ClientConnection } from './client-connection.ts';
import { logInClient } from './log-in-client.ts';
import type { Network } from './network.ts';
import { registerClient } from './pairing/register-client.ts';
import { receiveStanza } from './receive-stanza.ts';

/** A WebSocket opened: it gets a handshake, and becomes a client that registers or logs in. */
export function acceptConnection(network: Network, socket: WebSocket, ownerHint: string | undefined): void {
  const { connected, pairing, world, logger } = network;
  const connection = new ClientConnection({
    socket,
    identity: world.identity,
    ownerHint,
    onHandshake: (client, payload, noiseKey) => admit(network, client, payload, noiseKey),
    onStanza: (client, node) => receiveStanza(network, client, node),
    onClosed: (client) => {
      connected.closed(client);
      pairing.gone(client);
    },
    onFailure: (error) => logger.error({ error }, 'the sandbox failed on a stanza'),
  });
  connected.opened(connection);
}

function admit(network: Network, client: ClientConnection, payload: ClientPayload, noiseKey: Buffer): void {
  if (payload.devicePairingData) registerClient(network, client, payload.devicePairingData, noiseKey);
  else logInClient(network, client, payload, noiseKey);
}
