/** The sessions this process serves, by id. */
import type { SignalSession } from '../signal-keys/signal-writer.ts';
import { createSessionRunner, type RunnerPorts, type SessionRunner } from './session-runner.ts';

export interface Sessions {
  get(sessionId: string): SessionRunner | undefined;
  /** The runner of a session, made when there is none. */
  ensure(sessionId: string, tenant: string): SessionRunner;
  remove(sessionId: string): void;
  all(): Iterable<SessionRunner>;
  /** The process lost the session: its connection ends, nothing is said about it any more. */
  fence(sessionId: string): void;
  isFenced(sessionId: string): boolean;
}

export function createSessions(
  epoch: number,
  ports: Omit<RunnerPorts, 'onFenced'>,
  onFenced: (sessionId: string) => void,
): Sessions {
  const runners = new Map<string, SessionRunner>();
  const fenced = new Set<string>();
  const sessions: Sessions = {
    get: (sessionId) => runners.get(sessionId),
    ensure(sessionId, tenant) {
      const known = runners.get(sessionId);
      if (known) return known;
      const session: SignalSession = { sessionId, tenant, epoch };
      const runner = createSessionRunner(session, { ...ports, onFenced: sessions.fence });
      runners.set(sessionId, runner);
      return runner;
    },
    remove(sessionId) {
      runners.delete(sessionId);
    },
    all: () => runners.values(),
    fence(sessionId) {
      if (fenced.has(sessionId)) return;
      fenced.add(sessionId);
      const runner = runners.get(sessionId);
      runners.delete(sessionId);
      runner?.stop();
      onFenced(sessionId);
    },
    isFenced: (sessionId) => fenced.has(sessionId),
  };
  return sessions;
}
