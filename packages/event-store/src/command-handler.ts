import { type AnyEvent, isRejection, type Rejection, reject } from '@wam/contracts';
import { type Clock, type IdSource, instantOf, type Random, systemRandom, withJitter } from '@wam/service-kit';
import type { Decider } from './decider.ts';
import { type EventStore, SequenceConflict, type StoredEvent } from './event-store.ts';

export interface CommandHandlerDependencies<State, Command, F extends { type: string; data: unknown }> {
  store: EventStore;
  decider: Decider<State, Command, F>;
  subjectOf: (command: Command) => string;
  clock: Clock;
  ids: IdSource;
  random?: Random;
  /** Turns stored events of older schema versions into the current one. */
  upcast?: (event: AnyEvent) => AnyEvent;
  /** What an aggregate whose first events have left the log by age was, or is; events that are left are folded onto it. */
  remembered?: (subject: string) => Promise<State | undefined>;
  /** Aggregates kept in memory, least recently used out first. Default 10,000. */
  maxCached?: number;
  /** How often a command is decided when other writers interfere. Default 4: once and three repetitions. */
  attempts?: number;
}
/** What the handler cannot know from the command: who, and which chain of causes. */
export interface CommandContext {
  tenant: string;
  correlationId: string;
  causationId: string;
  /** Who asked for it, when somebody did: as the envelope names it. */
  actor?: string;
  headers?: Readonly<Record<string, string>>;
  /** Called when another writer was faster, before the command is decided again: rejects when this one may not write any more. */
  confirm?: () => Promise<void>;
}
export interface Handled<State> {
  kind: 'handled';
  /** After the new events. */
  state: State;
  /** Empty when the command changed nothing, because it had been carried out before. */
  events: readonly StoredEvent[];
  /** Position of the aggregate in the log. */
  lastSequence: number;
}
export interface CommandHandler<State, Command> {
  /** Commands on one aggregate are handled one after the other within this process. */
  handle(command: Command, context: CommandContext): Promise<Handled<State> | Rejection>;
  /** The aggregate as the log has it now. */
  load(subject: string): Promise<{ state: State; lastSequence: number }>;
}

interface Fold<State> {
  state: State;
  lastSequence: number;
  /** Position of the last event within the aggregate. */
  version: number;
}

const FIRST_RETRY_MS = 10;

export function createCommandHandler<State, Command, F extends { type: string; data: unknown }>(
  dependencies: CommandHandlerDependencies<State, Command, F>,
): CommandHandler<State, Command> {
  const { store, decider, subjectOf, clock, ids, random = systemRandom } = dependencies;
  const {
    upcast = (event) => event,
    remembered = async () => undefined,
    maxCached = 10_000,
    attempts = 4,
  } = dependencies;
  const cache = new Map<string, Fold<State>>();
  const queues = new Map<string, Promise<unknown>>();

  function remember(subject: string, fold: Fold<State>): void {
    cache.delete(subject);
    cache.set(subject, fold);
    if (cache.size > maxCached) cache.delete(cache.keys().next().value!);
  }
  function foldOn(fold: Fold<State>, events: readonly StoredEvent[]): Fold<State> {
    let { state, lastSequence, version } = fold;
    for (const { seq, event } of events) {
      state = decider.evolve(state, upcast(event) as unknown as F);
      lastSequence = seq;
      version = event.version;
    }
    return { state, lastSequence, version };
  }
  async function beginning(subject: string, [first]: readonly StoredEvent[]): Promise<Fold<State>> {
    const isWhole = first !== undefined && first.event.version <= 1;
    const state = isWhole ? undefined : await remembered(subject);
    // At least one event has gone: the next must not look like a first one.
    return state === undefined
      ? { state: decider.initialState(), lastSequence: 0, version: 0 }
      : { state, lastSequence: 0, version: 1 };
  }
  /** Folds what is new in the log onto what is cached. */
  async function synchronise(subject: string): Promise<Fold<State>> {
    const cached = cache.get(subject);
    const { events, lastSequence } = await store.read(subject, cached?.lastSequence);
    const fold = { ...foldOn(cached ?? (await beginning(subject, events)), events), lastSequence };
    remember(subject, fold);
    return fold;
  }
  function stamp(facts: readonly F[], fold: Fold<State>, context: CommandContext): AnyEvent[] {
    return facts.map((fact, index) => ({
      id: ids.ulid(),
      type: fact.type,
      v: (fact as { v?: number }).v ?? 1,
      tenant: context.tenant,
      at: instantOf(clock),
      correlationId: context.correlationId,
      ...(context.actor === undefined ? {} : { actor: context.actor }),
      causationId: context.causationId,
      version: fold.version + index + 1,
      data: fact.data,
    }));
  }

  /**
   * A cached state may be stale. That is harmless for new events, since the append is refused then; a refusal or "nothing to do",
   * however, is an answer, so it is only given on a state read from the log.
   */
  async function decide(subject: string, command: Command): Promise<{ fold: Fold<State>; decision: Decision<F> }> {
    const cached = cache.get(subject);
    if (cached) {
      const decision = decider.decide(command, cached.state);
      if (!isRejection(decision) && decision.length > 0) return { fold: cached, decision };
    }
    const fold = await synchronise(subject);
    return { fold, decision: decider.decide(command, fold.state) };
  }
  async function attempt(
    subject: string,
    command: Command,
    context: CommandContext,
  ): Promise<Handled<State> | Rejection> {
    const { fold, decision } = await decide(subject, command);
    if (isRejection(decision)) return decision;
    if (decision.length === 0)
      return { kind: 'handled', state: fold.state, events: [], lastSequence: fold.lastSequence };
    const events = stamp(decision, fold, context);
    const { sequences, lastSequence } = await store.append(subject, events, {
      expectedSequence: fold.lastSequence,
      ...(context.headers === undefined ? {} : { headers: context.headers }),
    });
    const stored = events.map((event, index) => ({ seq: sequences[index]!, event }));
    const next = foldOn(fold, stored);
    remember(subject, next);
    return { kind: 'handled', state: next.state, events: stored, lastSequence };
  }
  async function handleAlone(subject: string, command: Command, context: CommandContext) {
    for (let tries = 1; ; tries++) {
      try {
        return await attempt(subject, command, context);
      } catch (error) {
        // Whatever failed, what is in the log is not known any more: fold it afresh next time.
        if (!(error instanceof SequenceConflict)) {
          cache.delete(subject);
          throw error;
        }
        await context.confirm?.();
        if (tries >= attempts) return reject('CONFLICT');
        await clock.sleep(withJitter(FIRST_RETRY_MS * 2 ** (tries - 1), random));
        await synchronise(subject);
      }
    }
  }
  /** After an own conflict inside one process every queued command would conflict too: they take turns instead. */
  async function inTurn<T>(subject: string, run: () => Promise<T>): Promise<T> {
    const before = queues.get(subject) ?? Promise.resolve();
    const turn = before.then(run, run);
    const settled = turn.catch(() => undefined);
    queues.set(subject, settled);
    try {
      return await turn;
    } finally {
      if (queues.get(subject) === settled) queues.delete(subject);
    }
  }

  return {
    handle(command, context) {
      const subject = subjectOf(command);
      return inTurn(subject, () => handleAlone(subject, command, context));
    },
    load: (subject) =>
      inTurn(subject, async () => {
        const { state, lastSequence } = await synchronise(subject);
        return { state, lastSequence };
      }),
  };
}

type Decision<F> = readonly F[] | Rejection;
