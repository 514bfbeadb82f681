import type { RecordChange, RecordKind, RecordStore } from './record-store.ts';

/** Least time between two commits that somebody waits for: under load one transaction carries all messages of it. */
const COMMIT_INTERVAL_MS = 3;
/** Longest time a change waits that nobody waits for. */
const IDLE_COMMIT_MS = 50;

/**
 * Write-behind for the world: changed records are noted and written together. What is written is the state at commit
 * time, so a record that changed ten times in a batch is serialised once. All changes of one turn of the event loop are
 * in one transaction. Without a store it only runs callbacks.
 */
export class Journal {
  readonly #store: RecordStore | undefined;
  readonly #onFailure: (error: unknown) => void;
  readonly #dirty = new Map<RecordKind, Map<string, (() => unknown) | undefined>>();
  #afterCommit: (() => void)[] = [];
  #idleTimer: NodeJS.Timeout | undefined;
  #lastCommitAtMs = 0;

  constructor(store: RecordStore | undefined, onFailure: (error: unknown) => void) {
    this.#store = store;
    this.#onFailure = onFailure;
  }

  /** Notes that a record changed; `value` is called at commit time and must give JSON. */
  put(kind: RecordKind, key: string, value: () => unknown): void {
    this.#note(kind, key, value);
  }

  remove(kind: RecordKind, key: string): void {
    this.#note(kind, key, undefined);
  }

  /** Runs `callback` once everything noted so far is durable: an ack promises that its message is stored. */
  afterCommit(callback: () => void): void {
    if (!this.#store || this.#dirty.size === 0) {
      callback();
      return;
    }
    this.#afterCommit.push(callback);
    if (this.#afterCommit.length === 1) this.#hurry();
  }

  /** Parsed records of a kind, in key order. Notes of the same kind must have been committed. */
  *load<T>(kind: RecordKind, prefix?: string): Generator<{ key: string; value: T }> {
    if (!this.#store) return;
    for (const { key, value } of this.#store.read(kind, prefix)) yield { key, value: JSON.parse(value) as T };
  }

  /** Commits now. A failing disk is reported and ends in no ack, as a crashed server would. */
  commit(): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = undefined;
    this.#lastCommitAtMs = performance.now();
    const callbacks = this.#afterCommit;
    this.#afterCommit = [];
    try {
      this.#store?.commit(this.#changes());
    } catch (error) {
      this.#onFailure(error);
      return;
    }
    this.#dirty.clear();
    for (const callback of callbacks) callback();
  }

  /** Forgets every record, noted or stored. */
  clear(): void {
    this.#dirty.clear();
    this.#store?.clear();
  }

  close(): void {
    if (this.#dirty.size > 0) this.commit();
    this.#store?.close();
  }

  #note(kind: RecordKind, key: string, value: (() => unknown) | undefined): void {
    if (!this.#store) return;
    let records = this.#dirty.get(kind);
    if (!records) {
      records = new Map();
      this.#dirty.set(kind, records);
    }
    records.set(key, value);
    this.#idleTimer ??= setTimeout(() => this.commit(), IDLE_COMMIT_MS);
  }

  // A lone message is committed at the end of the loop's turn; only under load does it wait for company.
  #hurry(): void {
    const waitMs = this.#lastCommitAtMs + COMMIT_INTERVAL_MS - performance.now();
    const commit = (): void => {
      if (this.#afterCommit.length > 0) this.commit();
    };
    if (waitMs <= 0) setImmediate(commit);
    else setTimeout(commit, waitMs);
  }

  *#changes(): Generator<RecordChange> {
    for (const [kind, records] of this.#dirty) {
      for (const [key, value] of records) yield { kind, key, value: value && JSON.stringify(value()) };
    }
  }
}
