import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Node } from '../protocol/index.ts';
import { Journal } from '../storage/journal.ts';
import type { RecordChange, RecordStore } from '../storage/record-store.ts';
import { nodeRecord, restoreNode } from './node-record.ts';
import { StanzaQueue } from './stanza-queue.ts';

const DEVICE = '15550000001:1';

/** A record store without a disk. */
function memoryStore(): RecordStore {
  const records = new Map<string, string>();
  return {
    *read(kind, prefix = '') {
      for (const key of Array.from(records.keys()).sort()) {
        if (key.startsWith(`${kind} ${prefix}`))
          yield { key: key.slice(kind.length + 1), value: records.get(key) ?? '' };
      }
    },
    commit(changes: Iterable<RecordChange>) {
      for (const { kind, key, value } of changes) {
        if (value === undefined) records.delete(`${kind} ${key}`);
        else records.set(`${kind} ${key}`, value);
      }
    },
    clear: () => records.clear(),
    close: () => {},
  };
}

const fail = (error: unknown): never => {
  throw error;
};
const message = (id: string, from = '15550000002@s.whatsapp.net'): Node => ({ tag: 'message', attrs: { id, from } });
const idsOf = (queue: StanzaQueue): (string | undefined)[] => queue.offer().map(({ node }) => node.attrs.id);

describe('the stanzas that wait for a device', () => {
  it('are offered oldest first until they are acknowledged', () => {
    const queue = new StanzaQueue(DEVICE, new Journal(undefined, fail));
    ['A', 'B', 'C'].forEach((id, sequence) => {
      queue.add({ sequence, node: message(id) });
    });
    expect(idsOf(queue)).toEqual(['A', 'B', 'C']);
    queue.acknowledge('message', 'B', '15550000002@s.whatsapp.net');
    expect(idsOf(queue)).toEqual(['A', 'C']);
  });

  it('are told apart by sender and, for receipts, by type', () => {
    const queue = new StanzaQueue(DEVICE, new Journal(undefined, fail));
    queue.add({ sequence: 1, node: message('A', '1@s.whatsapp.net') });
    queue.add({ sequence: 2, node: message('A', '2@s.whatsapp.net') });
    queue.add({ sequence: 3, node: { tag: 'receipt', attrs: { id: 'A' } } });
    queue.add({ sequence: 4, node: { tag: 'receipt', attrs: { id: 'A', type: 'read' } } });
    queue.acknowledge('message', 'A', '2@s.whatsapp.net');
    queue.acknowledge('receipt', 'A', undefined, 'read');
    expect(queue.offer().map(({ sequence }) => sequence)).toEqual([1, 3]);
  });

  it('are given up after five logins without an acknowledgement', () => {
    const queue = new StanzaQueue(DEVICE, new Journal(undefined, fail));
    queue.add({ sequence: 1, node: message('POISON') });
    for (let login = 1; login <= 5; login += 1) expect(idsOf(queue)).toEqual(['POISON']);
    expect(idsOf(queue)).toEqual([]);
  });

  it('are the same after a restart', () => {
    const operation = fc.tuple(fc.boolean(), fc.constantFrom('A', 'B', 'C', 'D'));
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
        const store = memoryStore();
        const journal = new Journal(store, fail);
        const queue = new StanzaQueue(DEVICE, journal);
        operations.forEach(([adds, id], sequence) => {
          if (adds) queue.add({ sequence, node: message(id) });
          else queue.acknowledge('message', id, '15550000002@s.whatsapp.net');
        });
        journal.commit();
        expect(idsOf(new StanzaQueue(DEVICE, new Journal(store, fail)))).toEqual(idsOf(queue));
      }),
    );
  });
});

describe('a stanza as a record', () => {
  it('comes back with the same tags, attributes, bytes and text', () => {
    const leaf = fc.oneof(
      fc.constant(undefined),
      fc.string(),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    );
    const attrs = fc.dictionary(fc.stringMatching(/^[a-z]+$/), fc.string());
    const node = (depth: number): fc.Arbitrary<Node> =>
      fc
        .tuple(fc.string(), attrs, depth === 0 ? leaf : fc.oneof(leaf, fc.array(node(depth - 1), { maxLength: 3 })))
        .map(([tag, attributes, content]) =>
          content === undefined ? { tag, attrs: attributes } : { tag, attrs: attributes, content },
        );
    fc.assert(
      fc.property(node(2), (original) => {
        expect(restoreNode(JSON.parse(JSON.stringify(nodeRecord(original))))).toEqual(original);
      }),
    );
  });
});
