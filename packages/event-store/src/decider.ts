import type { AnyEvent, Rejection } from '@wam/contracts';

/** What happened, before it is stamped with id, time and version: the `type`, `data` (and `v`, when not 1) of an event. */
export type Fact<E extends AnyEvent> = E extends AnyEvent ? { type: E['type']; data: E['data']; v?: number } : never;

/**
 * The rules of one aggregate, as three pure functions.
 * `decide` must be idempotent: asked again after its events are there, or after a part of them, it yields only what is missing.
 * Throwing means a bug; a refusal is a returned Rejection.
 */
export interface Decider<State, Command, F extends { type: string; data: unknown }> {
  initialState: () => State;
  decide: (command: Command, state: State) => readonly F[] | Rejection;
  evolve: (state: State, event: F) => State;
}
