import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterEnd,
  afterReceipt,
  ofEndedMessage,
  ofNewMessage,
  type ReceiptKind,
  type ReceiptProgress,
} from './receipt-progress.ts';

type Fact = ReceiptKind | 'end';
/** What the log says: `end`, then receipts. */
function told(start: ReceiptProgress, facts: readonly Fact[]): string[] {
  const log: string[] = [];
  let progress = start;
  for (const [index, fact] of facts.entries()) {
    if (fact === 'end') log.push('end');
    const next = fact === 'end' ? afterEnd(progress) : afterReceipt(progress, { kind: fact, at: `${index}` });
    log.push(...next.tell.map(({ kind, at }) => `${kind} ${at}`));
    progress = next.progress;
  }
  return log;
}

describe('Receipts of a message', () => {
  it.each<[string, Fact[], string[]]>([
    ['are told as they come', ['end', 'delivered', 'read'], ['end', 'delivered 1', 'read 2']],
    ['that overtake the acknowledgement wait for it', ['delivered', 'end', 'read'], ['end', 'delivered 0', 'read 2']],
    ['keep the time at which they came', ['delivered', 'read', 'end'], ['end', 'delivered 0', 'read 1']],
    ['in the wrong order are told in the right one', ['end', 'read', 'delivered'], ['end', 'delivered 1', 'read 1']],
    ['are told once', ['delivered', 'delivered', 'end', 'delivered'], ['end', 'delivered 0']],
    ['that never come are not made up', ['end', 'delivered'], ['end', 'delivered 1']],
  ])('%s', (_, facts, log) => {
    expect(told(ofNewMessage, facts)).toEqual(log);
  });

  it('are not repeated for a message that an earlier process may have told of', () => {
    expect(told(ofEndedMessage, ['read', 'delivered'])).toEqual(['read 0']);
    expect(told(ofEndedMessage, ['delivered', 'read'])).toEqual(['delivered 0', 'read 1']);
  });

  it('never stand before the end, never go back, and none is lost', () => {
    const receipts = fc.array(fc.constantFrom<ReceiptKind>('delivered', 'read'), { maxLength: 6 });
    fc.assert(
      fc.property(receipts, receipts, (before, after) => {
        const log = told(ofNewMessage, [...before, 'end', ...after]).map((entry) => entry.split(' ')[0]);
        const all = [...before, ...after];
        const reached = all.includes('read') ? ['delivered', 'read'] : all.includes('delivered') ? ['delivered'] : [];
        expect(log).toEqual(['end', ...reached]);
      }),
    );
  });
});
