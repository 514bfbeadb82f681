import { describe, expect, it } from 'vitest';
import type { KeyChanges, SignalKeys } from '../signal-keys/signal-state.ts';
import { createPrivacyTokenLedger } from './privacy-tokens.ts';

const setup = () => {
  const written: KeyChanges[] = [];
  const keys = { set: (changes: KeyChanges) => written.push(changes) } as unknown as SignalKeys;
  return { written, ledger: createPrivacyTokenLedger(keys) };
};
const day = 86_400;
const now = 2_000 * 7 * day;

describe('The time a privacy token was issued', () => {
  it('is noted when the send that looked it up has left', () => {
    const { ledger, written } = setup();
    ledger.noteRead(['77@lid'], {});
    expect(written).toEqual([]);
    ledger.noteSent(now);
    expect(written).toEqual([{ tctoken: { '77@lid': { token: Buffer.alloc(0), senderTimestamp: now } } }]);
  });
  it('is not noted again within the same week, and is in the next', () => {
    const { ledger, written } = setup();
    const found = { '77@lid': { token: Buffer.alloc(0), senderTimestamp: now } };
    ledger.noteRead(['77@lid'], found);
    ledger.noteSent(now + day);
    expect(written).toEqual([]);
    ledger.noteRead(['77@lid'], found);
    ledger.noteSent(now + 7 * day);
    expect(written).toHaveLength(1);
  });
  it('leaves the token that the contact gave us alone', () => {
    const { ledger, written } = setup();
    ledger.noteRead(['77@lid'], { '77@lid': { token: Buffer.from('theirs'), timestamp: '5' } });
    ledger.noteSent(now);
    expect(written[0]?.tctoken?.['77@lid']).toEqual({
      token: Buffer.from('theirs'),
      timestamp: '5',
      senderTimestamp: now,
    });
  });
  it('does not concern the index of tokens', () => {
    const { ledger, written } = setup();
    ledger.noteRead(['__index'], {});
    ledger.noteSent(now);
    expect(written).toEqual([]);
  });
});
