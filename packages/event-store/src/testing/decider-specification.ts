/** Given these events, when this command comes, then these events or this rejection. The only way deciders are tested. */
import { deepStrictEqual, fail } from 'node:assert/strict';
import { type ErrorCode, isRejection, type Rejection } from '@wam/contracts';
import type { Decider } from '../decider.ts';

export interface Then<F> {
  /** Exactly these, in this order. */
  thenEvents(...events: readonly F[]): void;
  thenNothing(): void;
  /** The code, and the further fields that are given. */
  thenRejected(code: ErrorCode, more?: Partial<Omit<Rejection, 'kind' | 'code'>>): void;
}
export interface DeciderSpecification<Command, F> {
  given(...events: readonly F[]): { when(command: Command): Then<F> };
}

const show = (value: unknown): string => JSON.stringify(value);

/**
 * `thenEvents` also proves idempotence: the same command on the state after its events, and after each part of them, must yield the events
 * that are missing and no others. Deciders that are not asked twice (each command carries a fresh id) may pass `repeatable: false`.
 */
export function specifyDecider<State, Command, F extends { type: string; data: unknown }>(
  decider: Decider<State, Command, F>,
  options: { repeatable?: boolean } = {},
): DeciderSpecification<Command, F> {
  const stateAfter = (events: readonly F[]): State => events.reduce(decider.evolve, decider.initialState());

  function proveRepeatable(given: readonly F[], command: Command, expected: readonly F[]): void {
    for (let stored = 1; stored <= expected.length; stored++) {
      const again = decider.decide(command, stateAfter([...given, ...expected.slice(0, stored)]));
      // A rejection after the whole effect is a legitimate answer to a repetition; half an effect must be completed.
      if (isRejection(again)) {
        if (stored === expected.length) continue;
        fail(`repeated after ${stored} of ${expected.length} events, the command is rejected: ${show(again)}`);
      }
      deepStrictEqual(
        again,
        expected.slice(stored),
        `repeated after ${stored} of ${expected.length} events, the command does not yield just the rest`,
      );
    }
  }

  return {
    given: (...given) => ({
      when(command) {
        const decision = decider.decide(command, stateAfter(given));
        const events = (): readonly F[] =>
          isRejection(decision) ? fail(`expected events, got a rejection: ${show(decision)}`) : decision;
        return {
          thenEvents(...expected) {
            deepStrictEqual(events(), expected);
            if (options.repeatable ?? true) proveRepeatable(given, command, expected);
          },
          thenNothing() {
            deepStrictEqual(events(), []);
          },
          thenRejected(code, more = {}) {
            if (!isRejection(decision)) fail(`expected ${code}, got events: ${show(decision)}`);
            const { code: actualCode, ...rest } = decision;
            const actual = Object.fromEntries(Object.keys(more).map((key) => [key, rest[key as keyof typeof rest]]));
            deepStrictEqual({ code: actualCode, ...actual }, { code, ...more });
          },
        };
      },
    }),
  };
}
