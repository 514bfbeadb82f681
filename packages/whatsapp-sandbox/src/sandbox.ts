import type { SandboxBehaviour } from './behaviour.ts';
import type { Clock } from './clock.ts';
import type { EnterPairingCodeRequest, LinkedPhone, ScanQrRequest } from './control/link-phone.ts';
import type { SendMessageRequest } from './control/send-message.ts';
import type { FaultScope, FaultSpec } from './faults/fault.ts';
import type { SandboxLogger } from './logger.ts';
import type { DropKind } from './server/drop-connection.ts';
import type { InboxMessage } from './state/inbox.ts';
import type { Login, LoginFilter } from './state/login-log.ts';
import type { LedgerEntry } from './state/message-ledger.ts';
import type { SentCopy } from './state/phone.ts';

export interface SandboxOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0: a free one. */
  port?: number;
  /** Where the world is kept; without it the world ends with the process. One sandbox per folder. */
  dataDir?: string;
  /** Serves wss and https instead of ws and http; PEM. */
  tls?: { key: string | Buffer; cert: string | Buffer };
  logger?: SandboxLogger;
  clock?: Clock;
  /** Decides which messages a fault with a probability hits. Default 1. */
  seed?: number;
  behaviour?: Partial<SandboxBehaviour>;
}

export interface InboxRequest {
  phone: string;
  /** Only messages sent by devices of this owner. */
  owner: string;
  /** The newest so many; default 100. */
  limit?: number;
}

export interface DisconnectRequest {
  phone: string;
  code: DropKind;
  /** Only devices of this owner; default whoever linked the phone. */
  owner?: string;
}

export interface LinkedPhoneStatus {
  phone: string;
  name: string;
  /** User part and server: `<digits>@lid`. */
  lid: string;
  devices: readonly {
    /** `number:device@s.whatsapp.net`. */
    jid: string;
    owner: string;
    /** Logged in and active. */
    online: boolean;
    /** One-time prekeys others can still take. */
    preKeys: number;
    /** Stanzas it has not acknowledged. */
    waiting: number;
  }[];
}

/**
 * A WhatsApp network on one port, with simulated phones behind every number. Calls that take an `owner` see and touch
 * only what devices linked by that owner own. Refusals are SandboxErrors.
 */
export interface Sandbox extends AsyncDisposable {
  start(): Promise<void>;
  /** Ends all connections and stores everything. */
  stop(): Promise<void>;
  /** For `waWebSocketUrl`. A client that adds `?owner=<tag>` can be linked by that owner only. */
  readonly url: string;
  /** For `WA_CERT_DETAILS.PUBLIC_KEY`; stays the same with a `dataDir`. Raw, 32 bytes. */
  readonly noiseRootPublicKey: Buffer;

  scanQr(request: ScanQrRequest): Promise<LinkedPhone>;
  enterPairingCode(request: EnterPairingCodeRequest): Promise<LinkedPhone>;
  /** The phone removes its linked devices of this owner; they are logged out. Throws PHONE_NOT_LINKED. */
  unlink(request: { phone: string; owner: string }): void;
  linkedPhones(owner?: string): LinkedPhoneStatus[];

  sendMessage(request: SendMessageRequest): { id: string };
  /** What a phone received and decrypted, newest last. */
  inbox(request: InboxRequest): InboxMessage[];
  /** What a phone learnt about messages its own linked devices sent, newest last. Not kept over a restart. */
  sentCopies(request: { phone: string; owner: string }): SentCopy[];
  /** Called for every message a phone decrypts, of any owner. Returns how to stop. */
  onReceived(listener: (message: InboxMessage) => void): () => void;
  /** Every message stanza seen, accepted or not, oldest first. */
  ledger(owner?: string): LedgerEntry[];
  /** Called for every login of a device, of any owner. Returns how to stop. */
  onLogin(listener: (login: Login) => void): () => void;
  /** Connections of devices, ended ones included, in the order of their logins. */
  logins(filter?: LoginFilter): Login[];
  /** Stanzas received since the start, by shape, and those the server did not know. */
  stanzas(): { received: Record<string, number>; unknown: Record<string, number> };

  /** Throws INVALID_FAULT; PHONE_NOT_LINKED if it names a phone and an owner that do not belong together. */
  injectFault(fault: FaultSpec): { id: string };
  /** Ends the faults whose scope names all that this one names; all of them by default. */
  clearFaults(scope?: FaultScope): void;
  /** Ends the connections of a phone's devices. Throws INVALID_FAULT, PHONE_NOT_LINKED. */
  disconnect(request: DisconnectRequest): void;
  /** Closes all connections and forgets all accounts, phones, messages and faults. The noise root stays. */
  reset(): void;
}
