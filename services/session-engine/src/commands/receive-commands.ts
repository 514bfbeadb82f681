/** Commands from the bus: checked, sent on their way, answered, acknowledged. */
import {
  busHeaders,
  isRejection,
  type MessageCommand,
  parseSessionSubject,
  type ServiceReply,
  type SessionCommand,
  subjects,
} from '@wam/contracts';
import { type Clock, type Logger, traced } from '@wam/service-kit';
import { type Publisher, refuse, type WorkItem } from '@wam/service-kit/nats';
import { isConnectionFailure } from '@wam/service-kit/postgres';
import type { Batcher } from '../batching/create-batcher.ts';
import type { SendCommand } from '../message/accept-sends.ts';
import type { DropMessage } from '../message/drop-message.ts';
import type { ResendMessage } from '../message/resend-message.ts';
import type { Ownership } from '../ownership/tenures.ts';
import type { SessionRegistry } from '../session/session-registry.ts';
import { isLive } from '../session/session-state.ts';
import type { Sessions } from '../session/sessions.ts';
import { commandBuried } from '../telemetry.ts';
import { carriedOutSpan } from '../traces.ts';
import { createMoveSession } from './move-session.ts';
import { type EngineCommand, parseCommand } from './parse-command.ts';
import { afterFailure, firstRetryMs } from './retry-policy.ts';
import { sessionReply } from './session-reply.ts';

export interface ReceiveCommandsOptions {
  pool: string;
  partitionCount: number;
  ownership: Pick<Ownership, 'epochOf'>;
  sessions: Sessions;
  registry: SessionRegistry;
  sends: Batcher<SendCommand>;
  resend: ResendMessage;
  drop: DropMessage;
  /** Everything decided so far is recorded. */
  recorded(): Promise<void>;
  publisher: Publisher;
  clock: Clock;
  stopping: AbortSignal;
  reply(replyTo: string, reply: ServiceReply): void;
  logger: Logger;
}
export interface ReceiveCommands {
  onMessage(item: WorkItem): void;
  deadLetter(item: WorkItem, reason: string): void;
  /** Session commands under way. */
  idle(): Promise<void>;
}

/** A deletion takes longer than the bus waits for an acknowledgement when it queues behind others. */
const workingEveryMs = 10_000;
const deadLetterRetryMs = 5_000;

export function createReceiveCommands(options: ReceiveCommandsOptions): ReceiveCommands {
  const { sessions, registry, publisher, logger } = options;
  const running = new Set<Promise<void>>();
  /** Sessions that are about to leave, or are not here: what comes for them waits for its turn. The last of each. */
  const detours = new Map<string, Promise<void>>();
  const move = createMoveSession({
    ...options,
    accepted: () => options.sends.idle(),
    forward,
  });

  async function moveToDeadLetters(item: WorkItem, reason: string): Promise<void> {
    const unknown = { pool: options.pool, partition: 0, tenant: 'unknown', sessionId: 'unknown' };
    const address = parseSessionSubject(item.subject) ?? unknown;
    await publisher.publish(subjects.deadLetter(address), item.data, {
      msgId: `dead-${item.seq}`,
      headers: {
        ...ownHeaders(item),
        [busHeaders.deadReason]: reason.slice(0, 500),
        [busHeaders.deadSequence]: String(item.seq),
      },
    });
    await item.ack();
  }
  function deadLetter(item: WorkItem, reason: string): void {
    logger.error({ subject: item.subject, seq: item.seq, reason }, 'command moved to the dead letters');
    commandBuried();
    moveToDeadLetters(item, reason).catch(() => item.nak(deadLetterRetryMs));
  }
  /** The command as it is, to the owner in the pool that the session was moved to. */
  async function forward(item: WorkItem, pool: string): Promise<void> {
    const address = parseSessionSubject(item.subject);
    if (!address) throw new Error(`${item.subject} is no subject of a session`);
    // Not the id of the command: the stream has seen that one.
    const msgId = `moved-${address.pool}-${item.seq}`;
    await publisher.publish(subjects.command({ ...address, pool }), item.data, { msgId, headers: ownHeaders(item) });
    await item.ack();
  }
  function answerTo(item: WorkItem, reply: ServiceReply): void {
    const replyTo = item.headers[busHeaders.replyInbox];
    if (replyTo !== undefined) options.reply(replyTo, reply);
  }

  async function carryOut(command: SessionCommand): Promise<ServiceReply> {
    const { sessionId } = command.data;
    if (command.type === 'CreateSession') {
      const { name, network } = command.data;
      const epoch = options.ownership.epochOf(sessionId);
      const isRegistered =
        epoch !== undefined && (await registry.register({ sessionId, tenant: command.tenant, network, name }, epoch));
      if (!isRegistered) throw new Error('the session has another owner');
    }
    const runner = sessions.ensure(sessionId, command.tenant);
    // Its commands come to the new owner by themselves.
    if (!runner) throw new Error('the session has another owner');
    // Another tenant's session is one that does not exist.
    if (runner.session.tenant !== command.tenant) return refuse({ code: 'SESSION_NOT_FOUND' });
    const result = await runner.handle(command);
    // What does not exist, or does not any more, needs no runner.
    if (!isLive(runner.state())) sessions.remove(sessionId);
    return isRejection(result) ? refuse(result) : sessionReply(command, result);
  }
  async function carryOutAndAnswer(command: Exclude<EngineCommand, MessageCommand>, item: WorkItem): Promise<void> {
    switch (command.type) {
      case 'ResendMessage':
        return options.resend(command, item);
      case 'DropMessage':
        await options.drop(command);
        return item.ack();
      case 'MoveSession': {
        const moved = await move(command, item);
        if (moved === undefined) return;
        answerTo(item, moved);
        return item.ack();
      }
      default:
        answerTo(
          item,
          await traced(
            () => carriedOutSpan(command),
            () => carryOut(command),
          ),
        );
        return item.ack();
    }
  }
  async function handle(command: Exclude<EngineCommand, MessageCommand>, item: WorkItem): Promise<void> {
    const heartbeat = setInterval(() => item.working(), workingEveryMs);
    try {
      await carryOutAndAnswer(command, item);
    } catch (error) {
      logger.warn({ subject: item.subject, type: command.type, reason: String(error) }, 'command not carried out yet');
      const { deliveryCount } = item;
      const next = afterFailure({ type: command.type, deliveryCount, isConnectionFailure: isConnectionFailure(error) });
      if (next.kind === 'again') item.nak(next.delayMs);
      else deadLetter(item, `failed ${deliveryCount} times: ${String(error)}`);
    } finally {
      clearInterval(heartbeat);
    }
  }

  const track = (work: Promise<void>): void => {
    const tracked = work.finally(() => running.delete(tracked));
    running.add(tracked);
  };
  function take(command: EngineCommand, item: WorkItem): void {
    if (command.type === 'SendMessage') {
      options.sends.add({ command, item });
      return;
    }
    // The runner exists from here on, so that a send right behind a create finds it.
    if (command.type === 'CreateSession') sessions.ensure(command.data.sessionId, command.tenant);
    track(handle(command, item));
  }
  /** A session that is not here may be in another pool; whoever sent the command had not heard of it. */
  async function takeOrForward(command: EngineCommand, item: WorkItem): Promise<void> {
    const { sessionId } = command.data;
    if (!sessions.get(sessionId)) {
      const pool = await registry.poolOf(sessionId);
      if (pool !== undefined && pool !== options.pool) return forward(item, pool);
    }
    if (command.type === 'MoveSession') await handle(command, item);
    else take(command, item);
  }

  return {
    onMessage(item) {
      const parsed = parseCommand(item.subject, item.data);
      if (!parsed.ok) {
        deadLetter(item, parsed.reason);
        return;
      }
      const { command } = parsed;
      const { sessionId } = command.data;
      const isHere = command.type === 'CreateSession' || sessions.get(sessionId) !== undefined;
      if (isHere && command.type !== 'MoveSession' && !detours.has(sessionId)) {
        take(command, item);
        return;
      }
      const before = detours.get(sessionId) ?? Promise.resolve();
      const detour = before
        .then(() => takeOrForward(command, item))
        .catch((error) => {
          logger.warn({ subject: item.subject, reason: String(error) }, 'command not placed yet');
          item.nak(firstRetryMs);
        })
        .finally(() => {
          if (detours.get(sessionId) === detour) detours.delete(sessionId);
        });
      detours.set(sessionId, detour);
      track(detour);
    },
    deadLetter,
    async idle() {
      await Promise.all(running);
    },
  };
}

/** Without those of the bus, such as the id by which it knows the message. */
const ownHeaders = ({ headers }: WorkItem): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('Nats-')));
