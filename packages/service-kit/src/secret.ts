import { inspect } from 'node:util';

const REDACTED = '[redacted]';

/** A value that prints, logs and serialises as `[redacted]`. Only `reveal()` gives it away, so every use can be found by name. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return REDACTED;
  }
  toJSON(): string {
    return REDACTED;
  }
  [inspect.custom](): string {
    return REDACTED;
  }
}
