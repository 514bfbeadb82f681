/** The connection of one session through its life: opened, lost, opened again. One socket at a time. */
import type { DisconnectCause } from '@wam/contracts';
import type { Clock, Logger, Random, Timer } from '@wam/service-kit';
import { within } from '../batching/within.ts';
import type { ConnectionListener, WhatsAppConnection } from '../connection/whatsapp-connection.ts';
import type { LoginStart } from '../ownership/partition-fence.ts';
import type { Ownership } from '../ownership/tenures.ts';
import { createQrDesk, type QrDesk } from '../qr/qr-desk.ts';
import type { SignalKeys, SignalState } from '../signal-keys/signal-state.ts';
import type { SignalSession, SignalWriter } from '../signal-keys/signal-writer.ts';
import type { LoginLimiter } from './login-limiter.ts';
import { decideReconnect, stableAfterMs } from './reconnect-policy.ts';
import type { ConnectionFact } from './record-connection-fact.ts';
import type { SessionRegistry } from './session-registry.ts';

export type OpenConnection = (request: {
  session: SignalSession;
  keys: SignalKeys;
  credentials: Buffer | undefined;
  listener: ConnectionListener;
}) => WhatsAppConnection;
export interface ConnectionPorts {
  registry: Pick<SessionRegistry, 'open' | 'isOwner'>;
  ownership: Pick<Ownership, 'mayAct' | 'lost'>;
  signalState: SignalState;
  signalWriter: SignalWriter;
  /** What a login needs besides the stored credentials, made before it; answers those to log in with. */
  prepare(keys: SignalKeys, credentials: Buffer | undefined): Promise<Buffer | undefined>;
  open: OpenConnection;
  logins: LoginLimiter;
  clock: Clock;
  random: Random;
  logger: Logger;
  /** Publishes messages that an earlier owner received and could not publish. */
  recoverReceived(session: SignalSession): Promise<void>;
}
export type TrafficListener = Pick<ConnectionListener, 'acknowledged' | 'receipts' | 'received'> & {
  opened(connection: WhatsAppConnection): void;
  closed(): void;
};

export interface PairingCode {
  code: string;
  expiresAt: string;
}
export interface SessionConnection {
  readonly qr: QrDesk;
  /** The connection while messages can be sent on it. */
  open(): WhatsAppConnection | undefined;
  /** A code to type on that phone, the same until it expires; undefined while no QR code is on offer. */
  pairingCode(phone: string): Promise<PairingCode | undefined>;
  /**
   * Connects, unless it is connected or on its way; a delay before the next attempt ends. `login`: what is stored about it, read by a claim
   * just now.
   */
  start(login?: LoginStart): void;
  /** Ends it and all attempts without unlinking the device; resolves when the line is down. It may be started again. */
  halt(): Promise<void>;
  /** The same for ever. */
  stop(): Promise<void>;
  /** Connects if it is not, and waits that long for it, or until that fails. */
  reach(timeoutMs: number): Promise<void>;
  /** Ends it for good: unlinks the device if there is a connection to say so on, and lets go of the keys. */
  unlink(timeoutMs: number): Promise<void>;
}

const suspenseRetryMs = 250;

export function createSessionConnection(
  session: SignalSession,
  ports: ConnectionPorts,
  traffic: TrafficListener,
  report: (fact: ConnectionFact) => void,
): SessionConnection {
  const { clock, logger } = ports;
  const { sessionId } = session;
  const qr = createQrDesk(clock);
  let active = false;
  /** Stopped: work that was begun before must not connect any more, since somebody else may. */
  let over = false;
  let connection: WhatsAppConnection | undefined;
  /** Kept over reconnects of the same owner, caches included. */
  let keys: SignalKeys | undefined;
  let claimed: LoginStart | undefined;
  let retry: Timer | undefined;
  /** Counts the attempts; what an older one still reports is void. */
  let attempt = 0;
  let failures = 0;
  let openedAtMs: number | undefined;
  let offeringQrSinceMs: number | undefined;
  /** Gives the place among the logins back; a socket that is closed from here does not tell its end. */
  let endLogin: (() => void) | undefined;
  /** Who waits until it is open, or has ended. */
  let reached: (() => void) | undefined;
  /** Asked for on the connection of that attempt, and void with it. */
  let pairing: { phone: string; attempt: number; untilMs: number; asked: Promise<PairingCode> } | undefined;

  async function connect(): Promise<void> {
    const mine = ++attempt;
    const isCurrent = (): boolean => active && mine === attempt;
    const release = await ports.logins.acquire();
    endLogin = release;
    try {
      const login = claimed ?? (await readLogin(isCurrent));
      claimed = undefined;
      if (!login || !isCurrent()) return release();
      if (!keys && login.hasUnpublished) await ports.recoverReceived(session);
      if (!isCurrent()) return release();
      keys ??= ports.signalState.open(session);
      const stored = login.creds && ports.signalState.unsealCreds(session, login.creds);
      const credentials = await ports.prepare(keys, stored);
      if (!isCurrent()) return release();
      if (!ports.ownership.mayAct()) {
        release();
        retry = clock.setTimeout(begin, suspenseRetryMs);
        return;
      }
      connection = ports.open({ session, keys, credentials, listener: listenerOf(isCurrent, release) });
    } catch (error) {
      release();
      logger.warn({ sessionId, reason: String(error) }, 'connection could not be prepared');
      if (isCurrent()) ended('unknown');
    }
  }

  /** Undefined when the session is not to be connected by this one. */
  async function readLogin(isCurrent: () => boolean): Promise<LoginStart | undefined> {
    // What the last socket wrote must be there before it is read.
    await ports.signalWriter.committed();
    if (!isCurrent()) return undefined;
    const opened = await ports.registry.open(session);
    if (opened !== 'fenced' && opened !== 'gone') return { creds: opened.creds, hasUnpublished: true };
    if (!isCurrent()) return undefined;
    active = false;
    if (opened === 'fenced') ports.ownership.lost(session);
    return undefined;
  }

  function listenerOf(isCurrent: () => boolean, release: () => void): ConnectionListener {
    const whileCurrent =
      <A extends unknown[]>(run: (...args: A) => void) =>
      (...args: A): void => {
        if (isCurrent()) run(...args);
      };
    return {
      qrIssued: whileCurrent((code, validForMs) => {
        release();
        offeringQrSinceMs ??= clock.monotonicMs();
        report({ kind: 'qr-issued', expiresAt: qr.issue(code, validForMs).expiresAt });
      }),
      paired: whileCurrent((phone, lid) => {
        qr.clear();
        offeringQrSinceMs = undefined;
        report({ kind: 'paired', phone, ...(lid === undefined ? {} : { lid }) });
      }),
      opened: whileCurrent((phone) => {
        release();
        qr.clear();
        openedAtMs = clock.monotonicMs();
        if (connection) traffic.opened(connection);
        report({ kind: 'opened', phone });
        reached?.();
      }),
      closed(cause, statusCode) {
        release();
        if (isCurrent()) ended(cause, statusCode);
      },
      acknowledged: whileCurrent(traffic.acknowledged),
      standing: whileCurrent((standing) => {
        const until = standing === 'none' ? undefined : standing.until?.toISOString();
        if (standing === 'none') report({ kind: 'unrestricted' });
        else
          report({
            kind: 'restricted',
            at: new Date(clock.now()).toISOString(),
            ...(until !== undefined && { until }),
          });
      }),
      receipts: whileCurrent(traffic.receipts),
      received: (messages) =>
        isCurrent() ? traffic.received(messages) : Promise.reject(new Error('the connection is over')),
    };
  }

  function ended(cause: DisconnectCause, statusCode?: number): void {
    connection = undefined;
    qr.clear();
    traffic.closed();
    reached?.();
    const now = clock.monotonicMs();
    if (openedAtMs !== undefined && now - openedAtMs >= stableAfterMs) failures = 0;
    openedAtMs = undefined;
    const next = decideReconnect({
      cause,
      failures,
      random: ports.random.next(),
      unscannedMs: offeringQrSinceMs === undefined ? 0 : now - offeringQrSinceMs,
    });
    if (next.kind === 'reconnect') {
      failures = next.attempt;
      // A timer of its own only while it is offline.
      retry = clock.setTimeout(begin, next.delayMs);
    } else {
      active = false;
    }
    const tell = (): void =>
      report({ kind: 'closed', cause, ...(statusCode === undefined ? {} : { statusCode }), next });
    // A new engine that logs in replaces this one: then it is not ours to say anything about the session.
    if (cause === 'replaced')
      ports.registry.isOwner(session).then((isOwner) => (isOwner ? tell() : ports.ownership.lost(session)), tell);
    else tell();
  }
  function begin(): void {
    retry = undefined;
    // Perhaps somebody else logs in at this moment.
    if (!ports.ownership.mayAct()) {
      retry = clock.setTimeout(begin, suspenseRetryMs);
      return;
    }
    // connect() handles every failure itself.
    void connect();
  }
  /** Nothing more is heard of the connection, nor tried. */
  function detach(): WhatsAppConnection | undefined {
    active = false;
    attempt += 1;
    retry?.cancel();
    const open = connection;
    connection = undefined;
    openedAtMs = undefined;
    endLogin?.();
    qr.clear();
    if (open) traffic.closed();
    return open;
  }
  async function halt(): Promise<void> {
    await detach()?.close();
  }

  async function askForCode(open: WhatsAppConnection, phone: string): Promise<PairingCode> {
    const { code, validForMs } = await open.requestPairingCode(phone);
    return { code, expiresAt: new Date(clock.now() + validForMs).toISOString() };
  }

  function start(login?: LoginStart): void {
    if (over) return;
    // Somebody asks while it waits out a delay: now is better than later.
    if (active && retry) {
      retry.cancel();
      begin();
    }
    if (active) return;
    active = true;
    claimed = login;
    failures = 0;
    offeringQrSinceMs = undefined;
    begin();
  }

  return {
    qr,
    open: () => (openedAtMs === undefined ? undefined : connection),
    async pairingCode(phone) {
      const isGood = pairing?.phone === phone && pairing.attempt === attempt && pairing.untilMs > clock.monotonicMs();
      if (pairing && isGood) return pairing.asked;
      if (!connection || !qr.current()) return undefined;
      // Whoever asks meanwhile gets the same code: a second one would void the first.
      const mine = { phone, attempt, untilMs: Number.POSITIVE_INFINITY, asked: askForCode(connection, phone) };
      pairing = mine;
      try {
        const { expiresAt } = await mine.asked;
        mine.untilMs = clock.monotonicMs() + Date.parse(expiresAt) - clock.now();
      } catch (error) {
        if (pairing === mine) pairing = undefined;
        throw error;
      }
      return mine.asked;
    },
    start,
    async reach(timeoutMs) {
      if (openedAtMs !== undefined) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      reached = resolve;
      start();
      await within(clock, timeoutMs, promise);
      reached = undefined;
    },
    halt,
    stop() {
      over = true;
      return halt();
    },
    async unlink(timeoutMs) {
      // Detached first: the logout is not to be reported as one.
      const open = detach();
      if (open) await within(clock, timeoutMs, open.logout());
      keys?.close();
      keys = undefined;
    },
  };
}
