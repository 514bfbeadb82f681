/** Which partitions this process serves now, and by which epoch. What the rest of the engine asks before it acts or speaks. */
import { partitionOf } from '@wam/contracts';

/** One stretch of time in which this process owns a partition. */
export interface Tenure {
  readonly partition: number;
  /** Every write about the partition's sessions carries it. */
  readonly epoch: number;
  /** Of the claim in the lease bucket. */
  readonly revision: number;
}
export interface OwnedSession {
  readonly sessionId: string;
  readonly epoch: number;
}
export interface Ownership {
  /** Epoch of the session's partition; undefined when this process does not serve it. */
  epochOf(sessionId: string): number | undefined;
  /** Whether that tenure goes on. When not, its sessions are somebody else's to speak for. */
  holds(session: OwnedSession): boolean;
  /** Whether side effects may begin now. False while the lease is in suspense: wait, and nothing is lost. */
  mayAct(): boolean;
  /** A write was refused, or another login took the session's place: the whole partition is lost. */
  lost(session: OwnedSession): void;
  partitions(): number[];
}
export interface Tenures extends Ownership {
  of(partition: number): Tenure | undefined;
  begin(tenure: Tenure): void;
  end(partition: number): void;
  all(): Tenure[];
}

export interface TenuresOptions {
  partitionCount: number;
  mayAct(): boolean;
  onLost(tenure: Tenure): void;
}

export function createTenures({ partitionCount, mayAct, onLost }: TenuresOptions): Tenures {
  const tenures = new Map<number, Tenure>();
  const ofSession = (sessionId: string): Tenure | undefined => tenures.get(partitionOf(sessionId, partitionCount));
  return {
    epochOf: (sessionId) => ofSession(sessionId)?.epoch,
    holds: ({ sessionId, epoch }) => ofSession(sessionId)?.epoch === epoch,
    mayAct,
    lost({ sessionId, epoch }) {
      const tenure = ofSession(sessionId);
      if (tenure?.epoch === epoch) onLost(tenure);
    },
    partitions: () => [...tenures.keys()],
    of: (partition) => tenures.get(partition),
    begin(tenure) {
      tenures.set(tenure.partition, tenure);
    },
    end(partition) {
      tenures.delete(partition);
    },
    all: () => [...tenures.values()],
  };
}
