import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Platform, startPlatform, temporaryFolder } from './platform.ts';

const run = promisify(execFile);
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;
beforeAll(async () => {
  folder = await temporaryFolder();
  platform = await startPlatform(folder.path, { DEFAULT_PLAN: 'business' });
});
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

/** Commands that start something of their own; the fresh-clone run and the other specs execute them. */
const startsSomething = ['npm start'];

async function blocksOf(page: string): Promise<string[]> {
  const text = await readFile(new URL(`../${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)]
    .map((match) => match[1]!.trim())
    .filter((block) => !startsSomething.includes(block));
}

/** Pastes the blocks one after another. @returns what they printed */
async function paste(blocks: readonly string[]): Promise<string> {
  const script = blocks.map((block) => block.replace('http://127.0.0.1:3000', platform.url)).join('\necho\n');
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { timeout: 60_000, cwd: folder.path });
  return stdout;
}

it('the README has only commands that work when pasted, in order', async () => {
  const blocks = await blocksOf('README.md');
  expect(blocks.length).toBeGreaterThan(5);
  const output = await paste(blocks);

  expect(output).not.toContain('"error":"');
  expect(output).toContain('"status":"connected"');
  expect(output).toContain('"message":"Message sent successfully"');
  expect(output).toContain('"text":"Hello from WAMessenger!"');
  expect(output).toContain('"text":"Hi yourself"');
  expect(output).toContain('"sent":1');
});

it('the guide for integrators has only commands that work when pasted, in order', async () => {
  const blocks = await blocksOf('docs/getting-started.md');
  const output = await paste(blocks);

  expect(output).toMatch(/"status": "(sent|delivered|read)"/);
  expect(output.match(/"code": "(\w+)"/g)).toEqual(['"code": "NOT_ON_WHATSAPP"']);
  expect(output).toMatch(/idempotent-replayed: true/i);
  expect(output).toContain('"n": 1');
  expect(output).toContain('"text": "Hello Asha, 20% off until Sunday. Reply STOP to hear no more from us."');
  expect(output).toContain('"reason": "The number is not one with country code');
  expect(output).toContain('"status": "running"');
  expect(output.trim().split('\n').at(-1)).toBe('1');
});

it('the page for who comes from another gateway has only commands that work when pasted, in order', async () => {
  const output = await paste(await blocksOf('docs/coming-from.md'));

  expect(output).toContain('"status": "sent"');
  expect(output).toContain('"onWhatsApp": true');
  expect(output).toContain('use 919876543210');
});
