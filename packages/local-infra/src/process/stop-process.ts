import { setTimeout as delay } from 'node:timers/promises';
import { isRunning } from './process-identity.ts';

/** One rung of the ladder: send `signal`, then give the process `graceMs` before the next rung. */
export type StopStep = { readonly signal: NodeJS.Signals; readonly graceMs: number };

const pollIntervalMs = 5;

/**
 * Ends a process that is not necessarily our child: sends each step's signal in turn until it is gone.
 *
 * @throws when it still runs after the last step.
 */
export async function stopProcess(pid: number, steps: readonly StopStep[]): Promise<void> {
  for (const step of steps) {
    if (!sendSignal(pid, step.signal)) return;
    if (await waitUntilGone(pid, step.graceMs)) return;
  }
  if (isRunning(pid)) throw new Error(`process ${pid} does not end, not even after ${steps.at(-1)?.signal}`);
}

/** Sends a signal; false when the process is already gone. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

async function waitUntilGone(pid: number, graceMs: number): Promise<boolean> {
  const deadline = performance.now() + graceMs;
  while (isRunning(pid)) {
    if (performance.now() >= deadline) return false;
    await delay(pollIntervalMs);
  }
  return true;
}
