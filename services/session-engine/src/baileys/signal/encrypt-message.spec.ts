import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { silenceLibsignal } from '../silence-libsignal.ts';
import { createLibsignalDevice as createDevice } from '../test-support/libsignal-device.ts';
import { createEncryptMessage } from './encrypt-message.ts';

beforeAll(() => silenceLibsignal());

describe('Encryption', () => {
  it('gives the bytes and leaves the record that libsignal does, in every state of a conversation', async () => {
    const step = fc.record({ from: fc.constantFrom('a', 'b'), text: fc.uint8Array({ maxLength: 600 }) });
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(step, { minLength: 1, maxLength: 12 }), async (withPreKey, steps) => {
        const devices = { a: createDevice(), b: createDevice() };
        await devices.a.open(devices.b.bundle(withPreKey));
        // Until it has heard something the other side has no session to answer in.
        let answered = false;
        for (const { from, text } of steps) {
          const sender = answered ? from : 'a';
          const both = await devices[sender as 'a' | 'b'].encryptBothWays(text);
          expect(both.ours).toEqual(both.theirs);
          expect(both.ourRecord).toEqual(both.theirRecord);
          const read = await devices[sender === 'a' ? 'b' : 'a'].decrypt(both.ours);
          expect(Buffer.from(read)).toEqual(Buffer.from(text));
          answered = true;
        }
      }),
      { numRuns: 20 },
    );
  });

  it('goes on in one session after a restart, after libsignal, and in large numbers', async () => {
    const [a, b] = [createDevice(), createDevice()];
    await a.open(b.bundle(true));
    for (let n = 0; n < 300; n++) {
      const text = Buffer.from(`message ${n}`);
      const message = n % 7 === 0 ? await a.encryptByLibsignal(text) : a.encrypt(text);
      expect(await b.decrypt(message)).toEqual(text);
      if (n === 100) await a.decrypt(b.encrypt(Buffer.from('an answer: no more pkmsg')));
    }
  });

  it('leaves the record it was given as it was', async () => {
    const [a, b] = [createDevice(), createDevice()];
    await a.open(b.bundle(true));
    const before = structuredClone(a.record());
    const given = a.record();
    a.encrypt(Buffer.from('text'));
    a.encrypt(Buffer.from('another'));
    expect(given).toEqual(before);
  });

  it('leaves to libsignal what has no session to send in, is old, or has to be shortened', async () => {
    const [a, b] = [createDevice(), createDevice()];
    await a.open(b.bundle(true));
    const encrypt = createEncryptMessage({ publicKey: Buffer.alloc(33, 5), registrationId: 1 });
    const record = a.record();
    const [[baseKey, entry]] = Object.entries(record._sessions) as [[string, (typeof record._sessions)[string]]];
    const closed = { ...entry, indexInfo: { ...entry.indexInfo, closed: 1 } };
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`closed ${n}`, closed]));
    expect(encrypt({ ...record, _sessions: { [baseKey]: closed } }, Buffer.from('x'))).toBeUndefined();
    expect(encrypt({ ...record, _sessions: {} }, Buffer.from('x'))).toBeUndefined();
    expect(encrypt({ ...record, version: 'v0' }, Buffer.from('x'))).toBeUndefined();
    expect(encrypt({ ...record, _sessions: { ...many, [baseKey]: entry } }, Buffer.from('x'))).toBeUndefined();
    expect(encrypt(record, Buffer.from('x'))).toBeDefined();
  });
});
