import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { RecordChange, RecordKind, RecordStore } from './record-store.ts';

/** Log pages (4 kB) between two checkpoints, each of which waits for the disk. */
const CHECKPOINT_PAGES = 4_000;

/**
 * Records in one SQLite file under `dataDir`. WAL with synchronous=NORMAL survives the death of the process at any
 * point, which is what a sandbox needs; a power cut may lose the last commits. The exclusive lock makes a second
 * sandbox on the same folder fail at start instead of corrupting the ratchets of the first.
 */
export function openSqliteRecordStore(dataDir: string): RecordStore {
  mkdirSync(dataDir, { recursive: true });
  const db = new DatabaseSync(join(dataDir, 'whatsapp-sandbox.sqlite'));
  db.exec(`
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
    CREATE TABLE IF NOT EXISTS records (
      kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key)
    ) WITHOUT ROWID;
  `);
  const put = db.prepare(
    'INSERT INTO records VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value',
  );
  const remove = db.prepare('DELETE FROM records WHERE kind = ? AND key = ?');
  const range = db.prepare('SELECT key, value FROM records WHERE kind = ? AND key >= ? AND key < ? ORDER BY key');

  return {
    read: (kind: RecordKind, prefix = '') =>
      range.all(kind, prefix, `${prefix}\u{10ffff}`) as unknown as { key: string; value: string }[],
    commit(changes: Iterable<RecordChange>) {
      db.exec('BEGIN');
      try {
        for (const { kind, key, value } of changes) {
          if (value === undefined) remove.run(kind, key);
          else put.run(kind, key, value);
        }
        db.exec('COMMIT');
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    },
    clear: () => db.exec('DELETE FROM records'),
    close: () => db.close(),
  };
}
