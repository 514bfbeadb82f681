import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { natsServerVersion } from '../locate-nats-server.ts';
import { fetchRelease, type ReleaseSource } from './fetch-release.ts';

const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
const name = `nats-server-v9.9.9-${process.platform}-${architecture}`;

let folder: string;
let server: Server;
let files: Map<string, Buffer>;
let source: ReleaseSource;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wam-release-'));
  const archive = makeArchive();
  files = new Map([
    [`/v9.9.9/${name}.tar.gz`, archive],
    ['/v9.9.9/SHA256SUMS', Buffer.from(`${sha256(archive)}  ${name}.tar.gz\n`)],
  ]);
  server = createServer((request, response) => {
    const file = files.get(request.url ?? '');
    response.writeHead(file === undefined ? 404 : 200).end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  source = { version: '9.9.9', baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
});

afterEach(async () => {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
  rmSync(folder, { recursive: true });
});

test('a release whose checksum is the published one is unpacked and runs', async () => {
  const program = await fetchRelease(folder, source);
  expect(natsServerVersion(program)).toBe('9.9.9');
});

test('an archive that differs from its published checksum is refused', async () => {
  files.set(`/v9.9.9/${name}.tar.gz`, Buffer.from('something else'));
  await expect(fetchRelease(folder, source)).rejects.toThrow(/has checksum [0-9a-f]{64}, the release says/);
});

test('an archive without a published checksum is refused', async () => {
  files.set('/v9.9.9/SHA256SUMS', Buffer.from(`${'0'.repeat(64)}  another-file.tar.gz\n`));
  await expect(fetchRelease(folder, source)).rejects.toThrow('the release says nothing');
});

test('a missing release is named by its address', async () => {
  files.clear();
  await expect(fetchRelease(folder, source)).rejects.toThrow(`${name}.tar.gz answers 404`);
});

function makeArchive(): Buffer {
  const built = join(folder, 'built', name);
  mkdirSync(built, { recursive: true });
  writeFileSync(join(built, 'nats-server'), '#!/bin/sh\necho "nats-server: v9.9.9"\n');
  chmodSync(join(built, 'nats-server'), 0o755);
  execFileSync('tar', ['-czf', join(folder, 'archive'), '-C', join(folder, 'built'), name]);
  return readFileSync(join(folder, 'archive'));
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
