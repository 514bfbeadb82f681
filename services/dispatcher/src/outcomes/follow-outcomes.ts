/** Reads the log and keeps recipients, sessions and opt-outs up to date, from where it stopped last time. */
import { streams, subjects } from '@wam/contracts';
import {
  advanceCheckpoint,
  type Checkpoint,
  createLogFollower,
  type Following,
  initialiseCheckpoint,
} from '@wam/event-store';
import { type Clock, defineService, type Logger, type Service } from '@wam/service-kit';
import { consumeEvents, type NatsConnection, type StoredEvent, streamState } from '@wam/service-kit/nats';
import type { Kysely } from 'kysely';
import type { CompletionWatch } from '../completion-watch.ts';
import { recordSessions } from '../lanes/record-sessions.ts';
import { sessionFactsOf } from '../lanes/session-facts.ts';
import { recordOptOuts } from '../opt-out/record-opt-outs.ts';
import type { ContactSealer } from '../storage/contact-sealer.ts';
import type { DispatcherTables } from '../storage/tables.ts';
import { outcomeOf } from './outcome-of.ts';
import { recordOutcomes } from './record-outcomes.ts';

export interface FollowOutcomesDeps {
  nats: NatsConnection;
  database: Kysely<DispatcherTables>;
  sealer: ContactSealer;
  clock: Clock;
  logger: Logger;
  completions: CompletionWatch;
  /** An outcome made room for more. */
  wake: () => void;
}

const checkpointName = 'outcomes';
/** Others are of a later release than this one, and passed by. */
const currentVersion = 1;
/** After another process took over reading, or the database failed. */
const resumeAfterMs = 2000;

/** Another process reads the log at the moment. This one stands by and goes on from wherever that one stops. */
class StandBy extends Error {
  override readonly name = 'StandBy';
}

async function moveOn(tx: Kysely<DispatcherTables>, from: Checkpoint, toSeq: number): Promise<Checkpoint> {
  const { incarnation, seq: fromSeq } = from;
  const result = await advanceCheckpoint(tx, checkpointName, { incarnation, fromSeq, toSeq });
  if (result !== 'ok') throw new StandBy(`checkpoint ${checkpointName} at ${fromSeq}: ${result}`);
  return { incarnation, seq: toSeq };
}

export function createOutcomeFollower(deps: FollowOutcomesDeps): Service {
  const { nats, database, clock, logger, completions } = deps;
  /** A service that never ran has no campaigns either: what is in the log by then does not concern it. */
  async function whereToStart(): Promise<Checkpoint> {
    const { incarnation, lastSeq } = await streamState(nats, streams.events.name);
    return initialiseCheckpoint(database, checkpointName, { incarnation, seq: lastSeq });
  }

  async function record(all: readonly StoredEvent[], from: Checkpoint): Promise<Checkpoint> {
    const batch = all.filter(({ event }) => event.v === currentVersion);
    const outcomes = batch.map(outcomeOf).filter((outcome) => outcome !== undefined);
    const now = new Date(clock.now());
    const sessions = sessionFactsOf(batch);
    const { completed, next } = await database.transaction().execute(async (tx) => {
      const next = await moveOn(tx, from, all.at(-1)?.seq ?? from.seq);
      await recordSessions(tx, sessions, now);
      await recordOptOuts(tx, deps.sealer, batch, now);
      return { next, completed: await recordOutcomes(tx, outcomes, now) };
    });
    completions.completed(completed);
    if (outcomes.length > 0 || sessions.length > 0) deps.wake();
    return next;
  }

  async function follow({ readOn }: Following): Promise<void> {
    let checkpoint = await whereToStart();
    const consumption = consumeEvents(nats, {
      filter: subjects.allEvents,
      incarnation: checkpoint.incarnation,
      fromSeq: checkpoint.seq + 1,
      onBatch: async (batch) => {
        checkpoint = await record(batch, checkpoint);
      },
      logger,
    });
    await readOn(consumption);
  }

  const follower = createLogFollower({
    name: 'outcome-follower',
    what: 'reading outcomes',
    follow,
    isStandBy: (error) => error instanceof StandBy,
    retryMs: resumeAfterMs,
    clock,
    logger,
  });
  return defineService({
    ...follower,
    async start() {
      // Before the first campaign can be taken: its outcomes lie behind this point.
      await whereToStart();
      await follower.start();
    },
  });
}
