import { Worker } from 'node:worker_threads';

/** As Baileys keeps it; raw keys of 32 bytes. */
export interface PreKeyPair {
  private: Buffer;
  public: Buffer;
}
export interface KeyPairMaker {
  make(count: number): Promise<PreKeyPair[]>;
  close(): Promise<void>;
}

const keyBytes = 32;
/** A thread holds about 10 MB; pairing comes in bursts. */
const idleMs = 30_000;

/** Makes key pairs off the event loop, in one thread that is there while it is needed. */
export function createKeyPairMaker(): KeyPairMaker {
  const waiting = new Map<number, { resolve(pairs: PreKeyPair[]): void; reject(error: unknown): void }>();
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let nextId = 0;

  function end(): Promise<unknown> {
    clearTimeout(idle);
    const ending = worker;
    worker = undefined;
    return ending?.terminate() ?? Promise.resolve();
  }
  function start(): Worker {
    const started = new Worker(new URL('./pre-key-worker.ts', import.meta.url), { execArgv: [] });
    started.unref();
    started.on('message', ({ id, bytes }: { id: number; bytes: Uint8Array }) => {
      waiting.get(id)?.resolve(pairsOf(bytes));
      waiting.delete(id);
      // end() cannot fail in a way that matters: the thread is not used any more.
      if (waiting.size === 0) idle = setTimeout(() => void end(), idleMs).unref();
    });
    started.on('error', (error) => {
      if (worker === started) worker = undefined;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    });
    return started;
  }

  return {
    make(count) {
      clearTimeout(idle);
      worker ??= start();
      const id = nextId++;
      const made = new Promise<PreKeyPair[]>((resolve, reject) => waiting.set(id, { resolve, reject }));
      worker.postMessage({ id, count });
      return made;
    },
    async close() {
      await end();
      for (const { reject } of waiting.values()) reject(new Error('closed'));
      waiting.clear();
    },
  };
}

function pairsOf(bytes: Uint8Array): PreKeyPair[] {
  const key = (index: number): Buffer => Buffer.from(bytes.subarray(index * keyBytes, (index + 1) * keyBytes));
  return Array.from({ length: bytes.length / (2 * keyBytes) }, (_, index) => ({
    private: key(index * 2),
    public: key(index * 2 + 1),
  }));
}
