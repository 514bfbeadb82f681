/** One session as this process runs it: its state, its connection, its lane of outgoing messages. All control goes through one mailbox. */
import { isRejection, type Rejection, type SessionCommand, subjects } from '@wam/contracts';
import type { CommandHandler } from '@wam/event-store';
import { untilDone } from '../batching/until-done.ts';
import { within } from '../batching/within.ts';
import { type IncomingMessage, restrictedCode, type WhatsAppConnection } from '../connection/whatsapp-connection.ts';
import { createMailbox } from '../mailbox/create-mailbox.ts';
import { failed, type OutboundMessage, type SendOutcome } from '../message/outbound-message.ts';
import { routeSend } from '../message/route-send.ts';
import { createSendLane, type SendLane } from '../message/send-lane.ts';
import type { LoginStart } from '../ownership/partition-fence.ts';
import type { OwnedSession, Ownership } from '../ownership/tenures.ts';
import type { SignalStorage } from '../signal-keys/signal-storage.ts';
import type { SignalSession } from '../signal-keys/signal-writer.ts';
import { createPhoneLinking, type PhoneLinking } from './link-phone.ts';
import { isInterruption } from './reconnect-policy.ts';
import type { ConnectionFact } from './record-connection-fact.ts';
import { type ConnectionPorts, createSessionConnection } from './session-connection.ts';
import type { SessionInput } from './session-decider.ts';
import type { SessionRegistry } from './session-registry.ts';
import { isLinked, isLive, type SessionState } from './session-state.ts';

export interface SessionTraffic {
  /** `settle` decides the end of a message; the lane calls it, and so do deletion and routing. */
  settle(session: OwnedSession, message: OutboundMessage, outcome: SendOutcome): void;
  loadWaiting(sessionId: string, afterPosition: number, limit: number): Promise<OutboundMessage[]>;
  receipts(session: SignalSession, kind: 'delivered' | 'read', waMessageIds: readonly string[]): void;
  received(session: SignalSession, messages: readonly IncomingMessage[]): Promise<void>;
}
export interface RunnerPorts extends ConnectionPorts {
  registry: SessionRegistry;
  ownership: Ownership;
  handler: CommandHandler<SessionState, SessionInput>;
  signalStorage: SignalStorage;
  traffic: SessionTraffic;
  laneCapacity: number;
  /** Of this engine. */
  pool: string;
  stopping: AbortSignal;
}
export interface SessionRunner extends PhoneLinking {
  readonly session: SignalSession;
  readonly lane: SendLane;
  /** Last known; `absent` until it was loaded or created. */
  state(): SessionState;
  /** Carries out a command and answers the state after it. Rejects when the log or the database is away. */
  handle(command: SessionCommand): Promise<SessionState | Rejection>;
  /**
   * Takes up a session that another process, or an earlier life of this one, had connected; once, however often it is called. `released`: it was served until
   * now.
   */
  resume(from: { login: LoginStart; released: boolean }): void;
  /** Takes up a session that came from another pool; resolves when the log says so. */
  takeUp(): Promise<SessionState>;
  /** Comes to rest for another pool to take over: no further stanza, and no further word in the log. */
  leave(): Promise<void>;
  send(message: OutboundMessage, answerable: boolean): void;
  /** The connection while messages can be sent on it. */
  openConnection(): WhatsAppConnection | undefined;
  /** To be called every second or so. */
  sweep(): void;
  /** Ends the connection, without a word in the log; resolves when the line is down. */
  stop(): Promise<void>;
}
const logoutTimeoutMs = 5_000;
/** With the logout less than whoever deletes a session waits for an answer. */
const reachTimeoutMs = 3_000;
/** Commands and questions; what the connection reports always finds a place. */
const maxWaitingQuestions = 1_000;
/** Messages whose session is not known yet; more than these wait in the table. */
const maxUnrouted = 1_000;
/** For the acknowledgements of what was written, before another pool has the session or nobody has it any more. */
const acknowledgementPatienceMs = 1_000;
const suspensePatienceMs = 5_000;
const suspenseCheckMs = 50;

export function createSessionRunner(session: SignalSession, ports: RunnerPorts): SessionRunner {
  const { clock, logger, handler, registry, traffic, ownership } = ports;
  const { sessionId, tenant, epoch } = session;
  const onError = (error: unknown): void => logger.warn({ sessionId, reason: String(error) }, 'session work failed');
  const mailbox = createMailbox({ onError });
  let state: SessionState = { kind: 'absent' };
  let loaded = false;
  /** Accepted before the state was known, in order. */
  let unrouted: { message: OutboundMessage; answerable: boolean }[] = [];
  let resumedAtMs: number | undefined;
  let resumed = false;
  let left = false;
  /** WhatsApp ids of refused messages: the log is to say first whether the session is restricted, so that a campaign can tell why. */
  const refused = new Set<string>();
  /** What asked for the connection that is being made: it caused what happens until that is open. */
  let linking: { id: string; correlationId: string } | undefined;
  /** The end of the restriction that was told to be over, so that each is told once. */
  let endedRestriction: string | undefined;

  const settle = (message: OutboundMessage, outcome: SendOutcome): void => traffic.settle(session, message, outcome);
  const lane = createSendLane({
    capacity: ports.laneCapacity,
    loadWaiting: (after, limit) => traffic.loadWaiting(sessionId, after, limit),
    settle,
    mayWrite: ownership.mayAct,
    nowMs: () => clock.now(),
    onError,
  });
  const connection = createSessionConnection(
    session,
    ports,
    {
      opened: (open) => lane.opened(open),
      closed: () => {
        // Whatever was refused is sent again, and refused again.
        refused.clear();
        lane.closed();
      },
      acknowledged: (waMessageId, errorCode) => {
        if (errorCode === restrictedCode) refused.add(waMessageId);
        else lane.acknowledged(waMessageId, errorCode);
      },
      receipts: (kind, waMessageIds) => {
        for (const waMessageId of waMessageIds) lane.arrived(waMessageId);
        traffic.receipts(session, kind, waMessageIds);
      },
      received: (messages) => traffic.received(session, messages),
    },
    (fact) =>
      mailbox.post(async () => {
        await record(fact);
        if (fact.kind === 'restricted' || fact.kind === 'unrestricted') tellRefusals();
      }),
  );
  function tellRefusals(): void {
    for (const waMessageId of refused) lane.acknowledged(waMessageId, restrictedCode);
    refused.clear();
  }

  /** Waits out a lease in suspense: mostly it is a busy moment of this process. */
  async function confirmOwnership(): Promise<void> {
    const deadline = clock.monotonicMs() + suspensePatienceMs;
    while (ownership.holds(session) && !ownership.mayAct() && clock.monotonicMs() < deadline)
      await clock.sleep(suspenseCheckMs, ports.stopping);
    if (!ownership.holds(session)) throw new Error('the session has another owner');
    if (!ownership.mayAct()) throw new Error('the lease is in suspense');
  }
  /** Another writer was in the log, where there is one writer only: perhaps it is a new owner. */
  async function confirmInDatabase(): Promise<void> {
    if (await registry.isOwner(session)) return;
    ownership.lost(session);
    await confirmOwnership();
  }
  async function decide(
    input: SessionInput,
    cause: { id: string; correlationId: string; actor?: string },
  ): Promise<SessionState | Rejection> {
    await confirmOwnership();
    const { id: causationId, correlationId, actor } = cause;
    const context = {
      ...{ tenant, correlationId, causationId, confirm: confirmInDatabase },
      ...(actor === undefined ? {} : { actor }),
    };
    const handled = await handler.handle(input, context);
    if (isRejection(handled)) return handled;
    learn(handled.state);
    if (isLive(state)) await registry.note(session, state);
    connection.qr.wake();
    return state;
  }
  /** Facts are not negotiable: they are repeated until the log has them. */
  async function record(fact: ConnectionFact): Promise<void> {
    const input: SessionInput = { type: 'RecordConnectionFact', tenant, data: { sessionId, fact } };
    const cause = linking ?? { id: `connection-${sessionId}`, correlationId: sessionId };
    // A link that the log knows and the database does not would be one that nobody can use or make anew.
    if (fact.kind === 'paired') await ports.signalWriter.committed();
    await untilDone(
      clock,
      ports.stopping,
      async () => {
        // What happened to a session of somebody else is not ours to tell.
        if (left || !ownership.holds(session)) return;
        const decided = await decide(input, cause);
        if (isRejection(decided)) throw new Error(`${fact.kind} was not recorded: ${decided.code}`);
      },
      onError,
    );
    // It may have ended while the session was away, or belong to the phone that was linked before.
    if (fact.kind === 'opened') linking = undefined;
    if (fact.kind === 'opened' && isLive(state) && state.restrictedUntil !== undefined)
      connection.open()?.askStanding();
    if (fact.kind === 'closed' && fact.cause === 'logged-out' && ownership.holds(session)) await forgetDevice();
  }
  async function forgetDevice(): Promise<void> {
    await connection.unlink(0);
    ports.signalWriter.discard(sessionId);
    await ports.signalWriter.committed();
    await untilDone(
      clock,
      ports.stopping,
      async () => void (await ports.signalStorage.erase(sessionId, epoch)),
      onError,
    );
  }
  /** Whoever was told that the phone had removed the device may have ended before what is stored of it was erased: a login with that is refused. */
  async function forgetRemovedDevice(): Promise<void> {
    await load();
    if (state.kind !== 'disconnected' || state.cause !== 'logged-out') return;
    await ports.recoverReceived(session);
    await forgetDevice();
  }
  async function load(): Promise<void> {
    if (loaded) return;
    learn((await handler.load(subjects.event('session', tenant, sessionId))).state);
  }
  function learn(known: SessionState): void {
    state = known;
    loaded = true;
    const waited = unrouted;
    unrouted = [];
    for (const { message, answerable } of waited) route(message, answerable);
  }
  const loadWhenPossible = (): void =>
    mailbox.post(() => untilDone(clock, ports.stopping, load, onError).then(() => undefined));
  /** Runs in the mailbox and hands its result out. */
  const inMailbox = <T>(run: () => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      if (mailbox.size < maxWaitingQuestions) mailbox.post(() => run().then(resolve, reject));
      else reject(new Error('the mailbox of the session is full'));
    });

  /** What was written has its end, and the phone does not list the device any more: as far as the network can be reached. */
  async function takeLeave(): Promise<void> {
    await confirmOwnership();
    await load();
    await within(clock, acknowledgementPatienceMs, lane.stop());
    if (isLinked(state)) await connection.reach(reachTimeoutMs);
    await connection.unlink(logoutTimeoutMs);
  }
  async function remove(): Promise<void> {
    await lane.stop();
    await forgetDevice();
    await registry.markDeleted(session);
    for (let after = 0; ; ) {
      const waiting = await traffic.loadWaiting(sessionId, after, 500);
      for (const message of waiting) settle(message, failed('SESSION_DELETED'));
      const last = waiting.at(-1);
      if (!last) return;
      after = last.position;
    }
  }

  async function carryOut(command: SessionCommand): Promise<SessionState | Rejection> {
    if (command.type === 'DeleteSession') await takeLeave();
    if (command.type === 'ConnectSession') await forgetRemovedDevice();
    const next = await decide(command.type === 'CreateSession' ? { ...command, pool: ports.pool } : command, command);
    if (isRejection(next)) return next;
    switch (command.type) {
      case 'CreateSession':
      case 'ConnectSession':
        if (next.kind === 'connecting' || next.kind === 'pending' || next.kind === 'reconnecting') {
          linking = { id: command.id, correlationId: command.correlationId };
          connection.start();
        }
        return next;
      case 'DescribeSession':
        return next;
      case 'DisconnectSession':
        await connection.halt();
        return next;
      case 'DeleteSession':
        await remove();
        return next;
      default: {
        const unknown: never = command;
        throw new Error(`Unknown session command ${JSON.stringify(unknown)}`);
      }
    }
  }

  async function connectToBeLinked(): Promise<void> {
    const id = `link-${sessionId}`;
    const ask = { v: 1, tenant, at: new Date(clock.now()).toISOString(), id, correlationId: sessionId };
    await inMailbox(() => carryOut({ ...ask, type: 'ConnectSession', data: { sessionId } }));
  }

  async function takeUpMoved(): Promise<void> {
    await load();
    if (!isLive(state) || state.pool === ports.pool) return;
    await record({ kind: 'moved', pool: ports.pool });
    // Whoever claimed its partition found it already.
    if (resumed || state.kind === 'disconnected' || state.kind === 'error') return;
    resumed = true;
    await record({ kind: 'interrupted' });
    connection.start();
  }

  function route(message: OutboundMessage, answerable: boolean): void {
    const ageMs = clock.now() - Date.parse(message.acceptedAt);
    const decision = routeSend({ session: state, answerable, ageMs });
    if (decision.kind === 'settle') {
      lane.leaveOut(message.messageId);
      settle(message, decision.outcome);
    } else lane.offer(message);
  }

  function endRestriction(): void {
    const until = isLive(state) ? state.restrictedUntil : undefined;
    if (until === undefined || until === endedRestriction || Date.parse(until) > clock.now()) return;
    endedRestriction = until;
    mailbox.post(() => record({ kind: 'unrestricted' }));
  }

  /** The log is asked while the connection is on its way: it knows best whether there should be one. */
  function tellInterruption(): void {
    resumedAtMs = undefined;
    mailbox.post(async () => {
      await record({ kind: 'interrupted' });
      if (state.kind === 'disconnected' || state.kind === 'error' || !isLive(state)) await connection.halt();
    });
  }

  return {
    session,
    lane,
    state: () => state,
    handle: (command) => inMailbox(() => carryOut(command)),
    resume({ login, released }) {
      if (resumed) return;
      resumed = true;
      connection.start(login);
      resumedAtMs = clock.monotonicMs();
      if (isInterruption({ released, withoutConnectionMs: 0 })) tellInterruption();
      // What comes first needs it, be it a message or the connection: best read while the login is under way.
      else loadWhenPossible();
    },
    async takeUp() {
      await inMailbox(takeUpMoved);
      lane.expectBacklog();
      return state;
    },
    async leave() {
      await within(clock, acknowledgementPatienceMs, lane.stop());
      await inMailbox(async () => {
        left = true;
        await connection.stop();
        await ports.signalWriter.committed();
      });
    },
    send(message, answerable) {
      if (loaded) return route(message, answerable);
      if (unrouted.length >= maxUnrouted) return lane.expectBacklog();
      unrouted.push({ message, answerable });
      if (unrouted.length === 1) loadWhenPossible();
    },
    ...createPhoneLinking({
      connection,
      clock,
      load: () => inMailbox(load),
      state: () => state,
      connect: connectToBeLinked,
      onError,
    }),
    openConnection: () => connection.open(),
    sweep() {
      lane.sweep(clock.now());
      endRestriction();
      if (resumedAtMs === undefined) return;
      if (connection.open()) resumedAtMs = undefined;
      else if (isInterruption({ released: true, withoutConnectionMs: clock.monotonicMs() - resumedAtMs }))
        tellInterruption();
    },
    stop: () => connection.stop(),
  };
}
