/**
 * The reference of the send benchmarks: a socket of unmodified Baileys with its default configuration and its Signal state in memory.
 * Nothing is persisted; no service can be faster than the client it is built on unless it uses it better.
 */
import makeWASocket, {
  type AuthenticationState,
  initAuthCreds,
  type SignalDataTypeMap,
  WA_CERT_DETAILS,
  type WASocket,
} from '@whiskeysockets/baileys';
import pino from 'pino';

export interface BareNetwork {
  url: string;
  noiseRoot: string;
  scanUrl: string;
}

// libsignal prints session entries, private keys included, when a session is replaced.
console.info = () => {};

/** Signal keys in a map, as the examples of Baileys keep them. */
export function keysIn(store: Map<string, unknown>): AuthenticationState['keys'] {
  return {
    get: async (type, ids) => {
      const found: { [id: string]: SignalDataTypeMap[typeof type] } = {};
      for (const id of ids) {
        const value = store.get(`${type}:${id}`);
        if (value !== undefined) found[id] = value as SignalDataTypeMap[typeof type];
      }
      return found;
    },
    set: async (data) => {
      for (const [type, entries] of Object.entries(data)) {
        for (const [id, value] of Object.entries(entries ?? {})) {
          if (value === null) store.delete(`${type}:${id}`);
          else store.set(`${type}:${id}`, value);
        }
      }
    },
  };
}

/** A linked, connected socket. */
export async function connectBareSocket({ url, noiseRoot, scanUrl }: BareNetwork): Promise<WASocket> {
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(noiseRoot, 'base64');
  const auth: AuthenticationState = { creds: initAuthCreds(), keys: keysIn(new Map()) };
  for (;;) {
    const socket = makeWASocket({ auth, waWebSocketUrl: url, logger: pino({ level: 'silent' }) });
    socket.ev.on('creds.update', (update) => Object.assign(auth.creds, update));
    const opened = await new Promise<boolean>((resolve) => {
      socket.ev.on('connection.update', (update) => {
        if (update.qr)
          void fetch(scanUrl, { method: 'POST', body: update.qr, headers: { 'content-type': 'text/plain' } });
        if (update.connection === 'open') resolve(true);
        if (update.connection === 'close') resolve(false);
      });
    });
    if (opened) return socket;
  }
}
