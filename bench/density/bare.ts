/** The reference: Baileys with its default configuration, one socket per session, keys in memory. Nothing is persisted while it runs. */
import { readFile, writeFile } from 'node:fs/promises';
import makeWASocket, {
  type AuthenticationState,
  BufferJSON,
  initAuthCreds,
  WA_CERT_DETAILS,
} from '@whiskeysockets/baileys';
import pino from 'pino';
import { keysIn } from '../bare-socket.ts';
import { serveCalls } from '../child-calls.ts';
import { createEventLoopMeter } from '../event-loop-meter.ts';
import { inParallel } from '../statistics.ts';
import { cpuMs, footprint } from './footprint.ts';

// libsignal prints session entries, private keys included, when a session is replaced.
console.info = () => {};

interface Network {
  url: string;
  noiseRoot: string;
  scanUrl: string;
}
interface Linked {
  creds: AuthenticationState['creds'];
  keys: [string, unknown][];
}

const meter = createEventLoopMeter();
const logger = pino({ level: 'silent' });
const sessions: AuthenticationState[] = [];
const stores: Map<string, unknown>[] = [];
let open = 0;
let keepsOpen = true;

function memoryAuth({ creds = initAuthCreds(), keys = [] }: Partial<Linked> = {}): AuthenticationState {
  const store = new Map<string, unknown>(keys);
  stores.push(store);
  return { creds, keys: keysIn(store) };
}

const fileOf = (folder: string, index: number): string => `${folder}/bare-${index}.json`;

/** Resolves when it is open for the first time; reconnects for ever, as the examples of Baileys do. */
function connect(auth: AuthenticationState, network: Network): Promise<void> {
  return new Promise((resolve) => {
    const begin = (): void => {
      const socket = makeWASocket({ auth, waWebSocketUrl: network.url, logger });
      let isOpen = false;
      socket.ev.on('creds.update', (update) => Object.assign(auth.creds, update));
      socket.ev.on('connection.update', ({ qr, connection }) => {
        if (qr) {
          void fetch(network.scanUrl, { method: 'POST', body: qr, headers: { 'content-type': 'text/plain' } });
        }
        if (connection === 'open') {
          isOpen = true;
          open += 1;
          resolve();
        }
        if (connection === 'close') {
          if (isOpen) open -= 1;
          if (keepsOpen) begin();
        }
      });
    };
    begin();
  });
}

serveCalls({
  /** Links so many sessions and writes each down, for a process that has nothing behind it. */
  link: async ({ network, count, folder }: { network: Network; count: number; folder: string }) => {
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(network.noiseRoot, 'base64');
    await inParallel(count, 4, async () => {
      const auth = memoryAuth();
      sessions.push(auth);
      await connect(auth, network);
    });
    keepsOpen = false;
    for (const [index, { creds }] of sessions.entries()) {
      const linked: Linked = { creds, keys: [...(stores[index] ?? [])] };
      await writeFile(fileOf(folder, index), JSON.stringify(linked, BufferJSON.replacer));
    }
  },
  /** Answers what the process held before. */
  load: async ({ network, count, folder }: { network: Network; count: number; folder: string }) => {
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(network.noiseRoot, 'base64');
    const before = await footprint();
    await inParallel(count, 4, async (index) => {
      const linked = JSON.parse(await readFile(fileOf(folder, index), 'utf8'), BufferJSON.reviver) as Linked;
      await connect(memoryAuth(linked), network);
    });
    return before;
  },
  open: () => open,
  footprint,
  cpuMs,
  lag: () => meter.read(),
});
