/**
 * A session goes from the engines of one pool to those of another: at rest here, given away in the database, and the command sent on to
 * its owner there, who takes it up. Each step may be repeated: whoever gets the command goes on from where the session is.
 */
import { type MoveCommand, networkOfPool, type ServiceReply } from '@wam/contracts';
import type { Clock, Logger } from '@wam/service-kit';
import { answer, refuse, type WorkItem } from '@wam/service-kit/nats';
import { untilDone } from '../batching/until-done.ts';
import type { Ownership } from '../ownership/tenures.ts';
import type { SessionRegistry } from '../session/session-registry.ts';
import type { SessionRunner } from '../session/session-runner.ts';
import type { Sessions } from '../session/sessions.ts';

export interface MoveSessionOptions {
  pool: string;
  ownership: Pick<Ownership, 'epochOf'>;
  sessions: Sessions;
  registry: Pick<SessionRegistry, 'move' | 'poolOf' | 'takeUp'>;
  clock: Clock;
  logger: Logger;
  stopping: AbortSignal;
  /** Every command taken so far is in the table. */
  accepted(): Promise<void>;
  /** Everything decided so far is recorded; waits while the database or the bus is away. */
  recorded(): Promise<void>;
  /** To the owner of the session in another pool. */
  forward(item: WorkItem, pool: string): Promise<void>;
}
/** Answers the caller when the session is where it belongs; undefined when its owner in the other pool will. */
export type MoveSession = (command: MoveCommand, item: WorkItem) => Promise<ServiceReply | undefined>;

export function createMoveSession(options: MoveSessionOptions): MoveSession {
  const { sessions, registry } = options;

  async function takeUp({ tenant, data: { sessionId, pool } }: MoveCommand): Promise<ServiceReply> {
    const epoch = options.ownership.epochOf(sessionId);
    const found = epoch === undefined ? undefined : await registry.takeUp(sessionId, epoch);
    if (found === undefined || found.tenant !== tenant) return refuse({ code: 'SESSION_NOT_FOUND' });
    const runner = sessions.ensure(sessionId, tenant);
    if (!runner) throw new Error('the session has another owner');
    await runner.takeUp();
    return answer(200, { sessionId, pool });
  }
  async function giveAway(runner: SessionRunner, pool: string): Promise<void> {
    const { session } = runner;
    await options.accepted();
    await runner.leave();
    await options.recorded();
    let isMoved = false;
    const { sessionId } = session;
    const isDone = await untilDone(
      options.clock,
      options.stopping,
      async () => {
        // An earlier try may have been carried out without an answer.
        isMoved = (await registry.move(session, pool)) || (await registry.poolOf(sessionId)) === pool;
      },
      (error) => options.logger.warn({ sessionId, reason: String(error) }, 'session could not be given away yet'),
    );
    // The next owner takes it up again, and gets the command.
    if (!isDone) throw new Error('the engine stops');
    sessions.remove(sessionId);
    if (!isMoved) throw new Error('the session has another owner');
  }

  return async (command, item) => {
    const { sessionId, pool } = command.data;
    if (pool === options.pool) return takeUp(command);
    const runner = sessions.get(sessionId);
    if (!runner || runner.session.tenant !== command.tenant) return refuse({ code: 'SESSION_NOT_FOUND' });
    if (networkOfPool(pool) !== networkOfPool(options.pool))
      return refuse({ code: 'VALIDATION_FAILED', message: `A session of ${options.pool} cannot move to ${pool}` });
    await giveAway(runner, pool);
    await options.forward(item, pool);
    return undefined;
  };
}
