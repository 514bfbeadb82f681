import type { Fault, FaultEffect, FaultKind, FaultScope, FaultSpec } from './fault.ts';
import type { Random } from './seeded-random.ts';

/** What is about to happen, as far as faults can tell such things apart. */
export interface FaultTarget {
  phone?: string;
  recipient?: string;
  owner?: string;
}

type EffectOf<K extends FaultKind> = Extract<FaultEffect, { kind: K }>;

/** A scope matches when each thing it names is the target's. */
export function scopeMatches(scope: FaultScope, target: FaultTarget): boolean {
  return (
    (scope.phone === undefined || scope.phone === target.phone) &&
    (scope.recipient === undefined || scope.recipient === target.recipient) &&
    (scope.owner === undefined || scope.owner === target.owner)
  );
}

/**
 * The active faults, in order of injection. The first that matches and whose chance comes up is the hit; it loses one
 * of its remaining hits. One draw per matching fault with a probability, so a run repeats with its seed.
 */
export class FaultPlan {
  readonly #random: Random;
  #faults: Fault[] = [];
  #nextId = 1;

  constructor(random: Random) {
    this.#random = random;
  }

  get active(): readonly Fault[] {
    return this.#faults;
  }

  /** Adds an already validated fault. */
  add(spec: FaultSpec): Fault {
    const fault: Fault = {
      id: `fault-${this.#nextId++}`,
      spec,
      remaining: spec.kind === 'close-after' ? spec.messages : spec.times,
    };
    this.#faults.push(fault);
    return fault;
  }

  /** Ends every fault whose scope names all that `scope` names; an empty scope ends all. */
  clear(scope: FaultScope): void {
    this.#faults = this.#faults.filter(({ spec }) => !scopeMatches(scope, spec));
  }

  /** The effect of the first fault of `kind` that hits `target`, using up one hit. */
  take<K extends FaultKind>(kind: K, target: FaultTarget): EffectOf<K> | undefined {
    // The usual case, checked on every stanza.
    if (this.#faults.length === 0) return undefined;
    for (const fault of this.#faults) {
      const { spec } = fault;
      if (spec.kind !== kind || !scopeMatches(spec, target)) continue;
      if (spec.probability !== undefined && this.#random() >= spec.probability) continue;
      this.#spend(fault);
      return spec as FaultSpec & EffectOf<K>;
    }
    return undefined;
  }

  /** As take, but only for the hit that uses the fault up. */
  takeLast<K extends FaultKind>(kind: K, target: FaultTarget): EffectOf<K> | undefined {
    const effect = this.take(kind, target);
    return this.#faults.some(({ spec }) => spec === effect) ? undefined : effect;
  }

  #spend(fault: Fault): void {
    if (fault.remaining === undefined) return;
    const left = fault.remaining - 1;
    this.#faults = this.#faults.flatMap((other) => {
      if (other.id !== fault.id) return [other];
      return left > 0 ? [{ ...fault, remaining: left }] : [];
    });
  }
}
