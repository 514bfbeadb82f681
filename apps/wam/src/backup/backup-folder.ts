/** The files of a backup: written once with their checksums, read again when these fit. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { UserError } from '../user-error.ts';
import type { BackupFile } from './manifest.ts';

const ownerOnly = 0o600;
const fastest = 1;

export interface NewFile {
  stream: Writable;
  /** Resolves when all of it is on the disk. */
  written: Promise<void>;
}

/** Adds itself to `files` when it is whole; compressed when its name says so. */
export function newFile(folder: string, path: string, files: BackupFile[]): NewFile {
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = new Transform({
    transform(piece: Buffer, _encoding, done) {
      hash.update(piece);
      bytes += piece.length;
      done(null, piece);
    },
  });
  const stream = path.endsWith('.gz') ? createGzip({ level: fastest }) : new PassThrough();
  const target = createWriteStream(join(folder, path), { flags: 'wx', mode: ownerOnly, flush: true });
  const written = pipeline(stream, counted, target).then(() => {
    files.push({ path, sha256: hash.digest('hex'), bytes });
  });
  // Whoever waits for it is told; nobody may be waiting yet.
  written.catch(() => undefined);
  return { stream, written };
}

/** @throws UserError when a file is missing or not as it was written */
export async function checkFiles(folder: string, files: readonly BackupFile[]): Promise<void> {
  for (const { path, sha256 } of files) {
    const hash = createHash('sha256');
    try {
      await pipeline(createReadStream(join(folder, path)), hash);
    } catch {
      throw new UserError(`${join(folder, path)} cannot be read; fetch the backup again, or take an earlier one`);
    }
    if (hash.digest('hex') !== sha256)
      throw new UserError(
        `${join(folder, path)} is not as it was written; fetch the backup again, or take an earlier one`,
      );
  }
}

export function readPieces(folder: string, path: string): AsyncIterable<Buffer> {
  const file = createReadStream(join(folder, path));
  if (!path.endsWith('.gz')) return file;
  const unpacked = createGunzip();
  pipeline(file, unpacked).catch(() => undefined);
  return unpacked;
}

/** So that the names of new files survive a power cut as well. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
