/** Insertion-ordered entries by key that forgets its oldest beyond `capacity`. All operations are O(1). */
export class BoundedLog<T> {
  readonly #capacity: number;
  readonly #onEvicted: ((key: string, entry: T) => void) | undefined;
  readonly #entries = new Map<string, T>();

  constructor(capacity: number, onEvicted?: (key: string, entry: T) => void) {
    this.#capacity = capacity;
    this.#onEvicted = onEvicted;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key);
  }

  /** Adds a new entry, or replaces one in place. */
  set(key: string, entry: T): void {
    this.#entries.set(key, entry);
    if (this.#entries.size <= this.#capacity) return;
    for (const [oldest, evicted] of this.#entries) {
      this.#entries.delete(oldest);
      this.#onEvicted?.(oldest, evicted);
      return;
    }
  }

  /** Oldest first. */
  values(): Iterable<T> {
    return this.#entries.values();
  }

  clear(): void {
    this.#entries.clear();
  }
}
