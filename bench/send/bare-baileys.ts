/**
 * The reference: Baileys alone in a process, with its default configuration and its Signal state in memory. Nothing is persisted, nothing is
 * waited for but `sendMessage`; no service can be faster than the client it is built on unless it configures it better.
 */
import makeWASocket, {
  type AuthenticationState,
  initAuthCreds,
  type SignalDataTypeMap,
  WA_CERT_DETAILS,
} from '@whiskeysockets/baileys';
import pino from 'pino';
import { serveCalls } from '../child-calls.ts';
import { inParallel } from '../statistics.ts';
import { type Round, recipientOf, type Started, textOf, wallClockMs } from './round.ts';

// libsignal prints session entries, private keys included, when a session is replaced.
console.info = () => {};

function memoryAuth(): AuthenticationState {
  const store = new Map<string, unknown>();
  return {
    creds: initAuthCreds(),
    keys: {
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
    },
  };
}

let socket: ReturnType<typeof makeWASocket>;

async function connect({
  url,
  noiseRoot,
  scanUrl,
}: {
  url: string;
  noiseRoot: string;
  scanUrl: string;
}): Promise<void> {
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(noiseRoot, 'base64');
  const auth = memoryAuth();
  for (;;) {
    socket = makeWASocket({ auth, waWebSocketUrl: url, logger: pino({ level: 'silent' }) });
    socket.ev.on('creds.update', (update) => Object.assign(auth.creds, update));
    const opened = await new Promise<boolean>((resolve) => {
      socket.ev.on('connection.update', (update) => {
        if (update.qr)
          void fetch(scanUrl, { method: 'POST', body: update.qr, headers: { 'content-type': 'text/plain' } });
        if (update.connection === 'open') resolve(true);
        if (update.connection === 'close') resolve(false);
      });
    });
    if (opened) return;
  }
}

async function send(round: Round): Promise<Started> {
  const started: Started = [];
  await inParallel(round.count, round.concurrency, async (index) => {
    started[index] = wallClockMs();
    await socket.sendMessage(`${recipientOf(round, index)}@s.whatsapp.net`, { text: textOf(round, index) });
  });
  return started;
}

serveCalls({ connect, send });
