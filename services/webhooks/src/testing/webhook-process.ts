import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('./run-webhooks.ts', import.meta.url));

export interface WebhookProcess extends AsyncDisposable {
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
}

/** The service in a process of its own. */
export function spawnWebhooks(env: Record<string, string>): WebhookProcess {
  const child: ChildProcess = spawn(process.execPath, [entry], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
  });
  const exited = once(child, 'exit');
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
  };
  return { kill, freeze: () => child.kill('SIGSTOP'), thaw: () => child.kill('SIGCONT'), [Symbol.asyncDispose]: kill };
}
