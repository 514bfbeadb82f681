/** The sessions this process serves, by id. */
import { partitionOf } from '@wam/contracts';
import type { SignalSession } from '../signal-keys/signal-writer.ts';
import { createSessionRunner, type RunnerPorts, type SessionRunner } from './session-runner.ts';

export interface Sessions {
  get(sessionId: string): SessionRunner | undefined;
  /** The runner of a session, made when there is none; undefined when its partition is not served here. */
  ensure(sessionId: string, tenant: string): SessionRunner | undefined;
  remove(sessionId: string): void;
  all(): Iterable<SessionRunner>;
  ofPartition(partition: number): SessionRunner[];
  /** Those that have sessions. */
  partitions(): number[];
  /** Ends their connections, without a word in the log. */
  removePartition(partition: number): void;
}

export function createSessions(partitionCount: number, ports: RunnerPorts): Sessions {
  const runners = new Map<string, SessionRunner>();
  const ofPartition = (partition: number): SessionRunner[] =>
    [...runners.values()].filter(({ session }) => partitionOf(session.sessionId, partitionCount) === partition);
  return {
    get: (sessionId) => runners.get(sessionId),
    ensure(sessionId, tenant) {
      const known = runners.get(sessionId);
      if (known) return known;
      const epoch = ports.ownership.epochOf(sessionId);
      if (epoch === undefined) return undefined;
      const session: SignalSession = { sessionId, tenant, epoch };
      const runner = createSessionRunner(session, ports);
      runners.set(sessionId, runner);
      return runner;
    },
    remove(sessionId) {
      runners.delete(sessionId);
    },
    all: () => runners.values(),
    ofPartition,
    partitions: () => [...new Set([...runners.keys()].map((sessionId) => partitionOf(sessionId, partitionCount)))],
    removePartition(partition) {
      for (const runner of ofPartition(partition)) {
        runners.delete(runner.session.sessionId);
        void runner.stop();
      }
    },
  };
}
