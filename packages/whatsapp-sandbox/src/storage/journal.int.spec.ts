import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Journal } from './journal.ts';
import { openSqliteRecordStore } from './sqlite-record-store.ts';

const fail = (error: unknown): never => {
  throw error;
};

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'wam-journal-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const openJournal = () => new Journal(openSqliteRecordStore(dataDir), fail);
const load = (journal: Journal) => Array.from(journal.load('inbox', 'a/'));

describe('the journal', () => {
  it('runs a callback only once everything noted before it is stored', async () => {
    const journal = openJournal();
    journal.put('inbox', 'a/1', () => ({ text: 'stored' }));
    const whenCalled = new Promise<unknown>((resolve) => journal.afterCommit(() => resolve(load(journal))));
    expect(load(journal)).toEqual([]);
    expect(await whenCalled).toEqual([{ key: 'a/1', value: { text: 'stored' } }]);
    journal.close();
  });

  it('writes the state at commit time, once per record', () => {
    const journal = openJournal();
    const counter = { value: 0 };
    let serialised = 0;
    for (let change = 1; change <= 10; change += 1) {
      counter.value = change;
      journal.put('inbox', 'a/1', () => {
        serialised += 1;
        return counter;
      });
    }
    journal.commit();
    expect(serialised).toBe(1);
    expect(load(journal)).toEqual([{ key: 'a/1', value: { value: 10 } }]);
    journal.close();
  });

  it('keeps what is noted when it is closed, forgets what is removed, and reads in key order by prefix', () => {
    const first = openJournal();
    for (const key of ['a/2', 'a/1', 'b/1', 'a/3']) first.put('inbox', key, () => key);
    first.remove('inbox', 'a/3');
    first.close();
    const second = openJournal();
    expect(load(second)).toEqual([
      { key: 'a/1', value: 'a/1' },
      { key: 'a/2', value: 'a/2' },
    ]);
    second.close();
  });

  it('without a store calls back at once', () => {
    const journal = new Journal(undefined, fail);
    journal.put('inbox', 'a/1', () => 1);
    let called = false;
    journal.afterCommit(() => {
      called = true;
    });
    expect(called).toBe(true);
  });

  it('reports a failing disk and lets no callback through', () => {
    const failures: unknown[] = [];
    const store = openSqliteRecordStore(dataDir);
    store.close();
    const journal = new Journal(store, (error) => failures.push(error));
    journal.put('inbox', 'a/1', () => 1);
    let called = false;
    journal.afterCommit(() => {
      called = true;
    });
    journal.commit();
    expect([failures.length, called]).toEqual([1, false]);
  });
});
