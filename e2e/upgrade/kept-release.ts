/** Installations of earlier releases, kept as `keep-release.ts` wrote them: what each held, and where. */
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface KeptRelease {
  kek: string;
  /** An API key that may read. */
  key: string;
  sessionId: string;
  totals: { sent: number; delivered: number; read: number; failed: number; total: number };
  /** Newest first. */
  messages: { messageId: string; to: string | null; text: string; status: string; timeline: object }[];
}

const folder = join(import.meta.dirname, 'releases');

export const keptReleases = (): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

export const backupOf = (release: string): string => join(folder, release, 'backup');

export const manifestOf = (release: string): string => readFileSync(join(backupOf(release), 'manifest.json'), 'utf8');

export const readKept = (release: string): KeptRelease =>
  JSON.parse(readFileSync(join(folder, release, 'kept.json'), 'utf8')) as KeptRelease;

/** The simulated network and what the launcher knew: no part of a backup, and the same ones afterwards. */
export function copySurroundings(release: string, dataDir: string): void {
  for (const name of ['sandbox', 'first-account.json'])
    cpSync(join(folder, release, name), join(dataDir, name), { recursive: true });
}
