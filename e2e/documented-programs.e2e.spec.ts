import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Client, createClient } from '@wam/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Platform, startPlatform, temporaryFolder, until } from './platform.ts';

const run = promisify(execFile);
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;

/** The programs need python3 with requests, curl and jq; as root on Debian what is missing gets installed, as their own users would. */
async function ensurePrograms(): Promise<void> {
  try {
    await run('sh', ['-c', 'python3 -c "import requests" && jq --version && curl --version']);
  } catch {
    if (process.getuid?.() !== 0)
      throw new Error('Install python3-requests, jq and curl to run the documented programs');
    await run('sh', [
      '-c',
      'apt-get update -q && apt-get install -qy --no-install-recommends python3-requests jq curl',
    ]);
  }
}

beforeAll(async () => {
  await ensurePrograms();
  folder = await temporaryFolder();
  platform = await startPlatform(folder.path);
}, 240_000);
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

/** Only base URL, credentials and recipient differ from the documentation. */
async function programFor(name: string, email: string, recipient: string): Promise<string> {
  const source = await readFile(new URL(`./documented-programs/${name}`, import.meta.url), 'utf8');
  const path = join(folder.path, name);
  await writeFile(
    path,
    source
      .replaceAll('https://wamessenger.alintro.com', platform.url)
      .replaceAll('your@email.com', email)
      .replaceAll('919876543210', recipient),
  );
  return path;
}

async function accountFor(email: string): Promise<Client> {
  const client = createClient({ baseUrl: platform.url });
  client.useToken((await client.register({ body: { email, password: 'password' } })).token);
  return client;
}

/** What the customer does: reads the QR code off the screen and scans it with the phone. */
async function scanFromOutput(client: Client, child: ChildProcessWithoutNullStreams): Promise<() => string> {
  const chunks: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  const output = () => chunks.join('');
  const qrCode = await until(
    'QR code printed',
    async () => /data:image\/png;base64,[A-Za-z0-9+/]+=*(?=["\s])/.exec(output())?.[0],
  );
  await client.scanQr({ body: { qrCode } });
  return output;
}

describe('the programs of the documentation run as they stand:', () => {
  it('Node.js', async () => {
    const client = await accountFor('node@example.com');
    const child = spawn(process.execPath, [await programFor('node.mjs', 'node@example.com', '919876500001')]);
    const output = await scanFromOutput(client, child);
    const [code] = await once(child, 'exit');
    expect(output()).toContain('Message sent!');
    expect(code).toBe(0);
    const inbox = await client.getInbox({ params: { number: '919876500001' } });
    expect(inbox.messages.map((m) => m.text)).toEqual(['Hello from my bot!']);
  });

  it('Python', async () => {
    const client = await accountFor('python@example.com');
    // -u: the program waits for the scan, so what it printed must not sit in a pipe buffer.
    const child = spawn('python3', ['-u', await programFor('python.py', 'python@example.com', '919876500002')]);
    const output = await scanFromOutput(client, child);
    const [code] = await once(child, 'exit');
    expect(output()).toContain('Sent!');
    expect(code).toBe(0);
    const inbox = await client.getInbox({ params: { number: '919876500002' } });
    expect(inbox.messages.map((m) => m.text)).toEqual(['Hello from my Python bot!']);
  });

  it('curl', async () => {
    const client = await accountFor('curl@example.com');
    const child = spawn('bash', [await programFor('curl.sh', 'curl@example.com', '919876500003')]);
    const output = await scanFromOutput(client, child);
    await until('session connected', async () => (await client.listSessions()).sessions[0]?.status === 'connected');
    child.stdin.end('\n');
    const [code] = await once(child, 'exit');
    expect(output()).toContain('"success":true');
    expect(code).toBe(0);
    const inbox = await client.getInbox({ params: { number: '919876500003' } });
    expect(inbox.messages.map((m) => m.text)).toEqual(['Hello from script!']);
  });
});
