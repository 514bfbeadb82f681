import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { startPlatform, temporaryFolder } from './platform.ts';

const run = promisify(execFile);

/** Commands that start something of their own; the fresh-clone run and the other specs execute them. */
const startsSomething = ['npm start'];

describe('the README', () => {
  it('has only commands that work when pasted, in order', async () => {
    const text = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1]!.trim());
    expect(blocks.length).toBeGreaterThan(6);

    await using folder = await temporaryFolder();
    await using platform = await startPlatform(folder.path);
    const connected = `until curl -s $WAM/api/sessions/$SESSION/status -H "Authorization: Bearer $TOKEN" | grep -q '"connected"'; do sleep 0.2; done`;
    const script = blocks
      .filter((block) => !startsSomething.includes(block))
      .map((block) => block.replace('http://127.0.0.1:3000', platform.url))
      // The reader waits "a second"; the test waits for the fact.
      .flatMap((block) => (block.includes('/status') ? [connected, block] : [block]))
      .join('\necho\n');
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { timeout: 60_000 });

    expect(stdout).not.toContain('"error"');
    expect(stdout).toContain('"status":"connected"');
    expect(stdout).toContain('"message":"Message sent successfully"');
    expect(stdout).toContain('"text":"Hello from WAMessenger!"');
    expect(stdout).toContain('"sent":1');
  });
});
