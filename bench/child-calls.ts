/** Function calls into a child process over its IPC channel, so that each side of a comparison has a process of its own. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

interface Call {
  id: number;
  method: string;
  argument: unknown;
}
interface Answer {
  id: number;
  value?: unknown;
  error?: string;
}

export interface Child extends AsyncDisposable {
  readonly process: ChildProcess;
  call<T>(method: string, argument?: unknown): Promise<T>;
}

/** `execArgv`: options of Node. */
export function startChild(file: URL, execArgv: readonly string[] = []): Child {
  const child = fork(file, {
    execArgv: [...execArgv],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let nextId = 0;
  child.on('message', (answer: Answer) => {
    const call = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.error === undefined) call?.resolve(answer.value as never);
    else call?.reject(new Error(answer.error));
  });
  child.on('exit', (code) => {
    for (const call of waiting.values()) call.reject(new Error(`Child ended with ${code}`));
  });
  return {
    process: child,
    call: (method, argument) =>
      new Promise((resolve, reject) => {
        const id = nextId++;
        waiting.set(id, { resolve, reject });
        child.send({ id, method, argument } satisfies Call);
      }),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

/** In the child: answers calls until the parent goes away. */
export function serveCalls(methods: Record<string, (argument: never) => unknown>): void {
  const answer = async ({ id, method, argument }: Call): Promise<void> => {
    try {
      process.send!({ id, value: await methods[method]!(argument as never) } satisfies Answer);
    } catch (error) {
      process.send!({ id, error: String(error instanceof Error ? error.stack : error) } satisfies Answer);
    }
  };
  process.on('message', (call: Call) => void answer(call));
  process.on('disconnect', () => process.exit());
}
