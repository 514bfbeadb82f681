/** The unmodified Baileys client, as the tests drive it: in-memory keys, following the 515 restart. */
import makeWASocket, {
  type AuthenticationState,
  type ConnectionState,
  initAuthCreds,
  type SignalDataTypeMap,
  type UserFacingSocketConfig,
  WA_CERT_DETAILS,
  type WASocket,
} from '@whiskeysockets/baileys';
import pino from 'pino';
import type { Sandbox } from '../src/index.ts';

const RESTART_REQUIRED = 515;
const DEADLINE_MS = 20_000;
const silent = pino({ level: 'silent' });

// libsignal prints whole sessions, private ratchet keys included, whenever it replaces one.
for (const method of ['info', 'warn', 'error'] as const) console[method] = () => {};

export interface MemoryAuth {
  state: AuthenticationState;
  data: Map<string, unknown>;
}

/** Credentials and keys in memory. Like a database, it keeps copies: Baileys changes what it was given. */
export function memoryAuth(): MemoryAuth {
  const data = new Map<string, unknown>();
  return {
    data,
    state: {
      creds: initAuthCreds(),
      keys: {
        async get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
          const found: { [id: string]: SignalDataTypeMap[T] } = {};
          for (const id of ids) {
            const value = data.get(`${type}/${id}`);
            if (value !== undefined) found[id] = value as SignalDataTypeMap[T];
          }
          return found;
        },
        async set(changes) {
          for (const [type, values] of Object.entries(changes)) {
            for (const [id, value] of Object.entries(values ?? {})) {
              if (value === null) data.delete(`${type}/${id}`);
              else data.set(`${type}/${id}`, value);
            }
          }
        },
      },
    },
  };
}

export type ClientConfig = Partial<UserFacingSocketConfig>;

/** A socket for these credentials; `creds.update` is applied to them. */
export function connect(
  sandbox: Pick<Sandbox, 'url' | 'noiseRootPublicKey'>,
  auth: MemoryAuth,
  config: ClientConfig = {},
): WASocket {
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(sandbox.noiseRootPublicKey);
  const sock = makeWASocket({
    auth: auth.state,
    waWebSocketUrl: sandbox.url,
    logger: silent,
    emitOwnEvents: false,
    syncFullHistory: false,
    // Without this, events are held back for 20 s after the first login.
    shouldSyncHistoryMessage: () => false,
    defaultQueryTimeoutMs: 5_000,
    ...config,
  });
  sock.ev.on('creds.update', (update) => Object.assign(auth.state.creds, update));
  return sock;
}

export interface OpenOptions {
  auth?: MemoryAuth;
  /** Called with the first code of each socket; if it fails, so does opening. */
  onQr?: (qr: string, sock: WASocket) => unknown;
  /** Called with each socket before anything arrives on it. */
  onSocket?: (sock: WASocket) => void;
  config?: ClientConfig;
}

/** Connects, links if need be, and resolves once the session is open. Rejects with the statusCode of a final close. */
export async function open(
  sandbox: Pick<Sandbox, 'url' | 'noiseRootPublicKey'>,
  options: OpenOptions = {},
): Promise<{ sock: WASocket; auth: MemoryAuth }> {
  const { auth = memoryAuth(), onQr, onSocket, config } = options;
  for (;;) {
    const sock = connect(sandbox, auth, config);
    onSocket?.(sock);
    let asked = false;
    const outcome = await new Promise<'open' | number>((resolve, reject) => {
      sock.ev.on('connection.update', (update) => {
        if (update.qr && !asked) {
          asked = true;
          Promise.resolve(onQr?.(update.qr, sock)).catch(reject);
        }
        if (update.connection === 'open') resolve('open');
        if (update.connection === 'close') resolve(statusCodeOf(update));
      });
    });
    if (outcome === 'open') return { sock, auth };
    if (outcome !== RESTART_REQUIRED) throw new Error(`closed with ${outcome}`);
  }
}

/** Links a phone to a new session by QR and opens it. */
export async function openLinked(
  sandbox: Sandbox,
  phone: string,
  { owner = 'tenant-a', ...options }: OpenOptions & { owner?: string } = {},
): Promise<{ sock: WASocket; auth: MemoryAuth }> {
  return open(sandbox, { ...options, onQr: (qr) => sandbox.scanQr({ qr, phone, owner }) });
}

/** The statusCode with which the socket closes. */
export const closed = (sock: WASocket): Promise<number> =>
  new Promise((resolve) => {
    sock.ev.on('connection.update', (update) => {
      if (update.connection === 'close') resolve(statusCodeOf(update));
    });
  });

export const jidOf = (number: string): string => `${number}@s.whatsapp.net`;

/** Polls until `read` gives something other than undefined, false or an empty list. */
export async function until<T>(read: () => T | undefined | false): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const value = read();
    if (value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0)) return value;
    if (Date.now() > deadline) throw new Error(`never happened: ${read}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function statusCodeOf(update: Partial<ConnectionState>): number {
  const error = update.lastDisconnect?.error as { output?: { statusCode?: number } } | undefined;
  return error?.output?.statusCode ?? 0;
}
