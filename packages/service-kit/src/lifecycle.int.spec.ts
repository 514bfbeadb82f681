import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@wam/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const kit = new URL('./index.ts', import.meta.url).href;
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let script: string;

/** A process whose service reports over IPC; STUCK=1 makes its stop hang. */
const program = `
import { createSilentLogger, defineService, runUntilSignal } from ${JSON.stringify(kit)};
const say = (text) => process.stdout.write(text + '\\n');
const keepAlive = setInterval(() => {}, 1000);
await runUntilSignal(
  defineService({
    name: 'child',
    start: async () => say('started'),
    stop: async () => { say('stopping'); if (process.env.STUCK) await new Promise(() => {}); clearInterval(keepAlive); say('stopped'); },
    health: () => ({ ready: true }),
  }),
  { logger: createSilentLogger(), graceMs: 200, onStopping: () => say('not ready') },
);
say('returned');
`;
beforeAll(async () => {
  folder = await temporaryDirectory('wam-lifecycle-');
  script = join(folder.path, 'child.mjs');
  await writeFile(script, program);
});
afterAll(async () => {
  await folder?.remove();
});

async function startChild(env: Record<string, string> = {}): Promise<{ child: ChildProcess; output: () => string[] }> {
  const child = fork(script, { silent: true, env: { ...process.env, ...env }, execArgv: [] });
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  while (!text.includes('started')) {
    if (child.exitCode !== null) throw new Error(`the child ended: ${errors}`);
    await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')]);
  }
  return { child, output: () => text.trim().split('\n') };
}

/** Not the event `close`: Node does not emit it for a child whose IPC channel was closed by us. */
async function ended(child: ChildProcess): Promise<number | null> {
  const [[code]] = await Promise.all([once(child, 'exit'), once(child.stdout!, 'end')]);
  return code as number | null;
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s: readiness off, then the stop, then the end of the process',
  async (signal) => {
    const { child, output } = await startChild();
    child.kill(signal);
    const code = await ended(child);
    expect(code).toBe(0);
    expect(output()).toEqual(['started', 'not ready', 'stopping', 'stopped', 'returned']);
  },
);

test('a child stops when its parent is gone', async () => {
  const { child, output } = await startChild();
  child.disconnect();
  const code = await ended(child);
  expect(code).toBe(0);
  expect(output()).toContain('stopped');
});

test('a stop that hangs is given up after the grace', async () => {
  const { child, output } = await startChild({ STUCK: '1' });
  child.kill('SIGTERM');
  const code = await ended(child);
  expect(code).toBe(1);
  expect(output()).not.toContain('stopped');
});
