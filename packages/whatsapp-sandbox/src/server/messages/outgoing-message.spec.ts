import { describe, expect, it } from 'vitest';
import type { Node } from '../../protocol/index.ts';
import { readOutgoingMessage } from './outgoing-message.ts';

const enc = (type = 'msg'): Node => ({ tag: 'enc', attrs: { v: '2', type }, content: Buffer.from('ciphertext') });
const message = (attrs: Record<string, string>, content: Node[]): Node => ({ tag: 'message', attrs, content });

describe('a message stanza', () => {
  it('with participants carries a copy for each device', () => {
    const read = readOutgoingMessage(
      message({ id: 'A', to: '1555@s.whatsapp.net', type: 'text' }, [
        {
          tag: 'participants',
          attrs: {},
          content: [
            { tag: 'to', attrs: { jid: '1555@s.whatsapp.net' }, content: [enc('pkmsg')] },
            { tag: 'to', attrs: { jid: '1666:2@s.whatsapp.net' }, content: [enc()] },
          ],
        },
        { tag: 'device-identity', attrs: {}, content: Buffer.from('id') },
      ]),
    );
    expect(read).toMatchObject({ id: 'A', chat: '1555@s.whatsapp.net', deviceIdentity: { tag: 'device-identity' } });
    expect(read?.envelopes.map(({ jid, encType }) => [jid, encType])).toEqual([
      ['1555@s.whatsapp.net', 'pkmsg'],
      ['1666:2@s.whatsapp.net', 'msg'],
    ]);
  });

  it('that answers a retry has one copy, for the device in `to`; receipts still come from the user', () => {
    expect(readOutgoingMessage(message({ id: 'A', to: '1555:3@s.whatsapp.net' }, [enc()]))).toMatchObject({
      chat: '1555@s.whatsapp.net',
      envelopes: [{ jid: '1555:3@s.whatsapp.net' }],
    });
  });

  it('to the own phone, in answer to its retry, belongs to the chat in `recipient`', () => {
    const read = readOutgoingMessage(message({ id: 'A', to: '1@s.whatsapp.net', recipient: '9@lid' }, [enc()]));
    expect(read).toMatchObject({ chat: '9@lid', envelopes: [{ jid: '1@s.whatsapp.net' }] });
  });

  it('to a group has no user to answer for', () => {
    expect(readOutgoingMessage(message({ id: 'A', to: '120363@g.us' }, []))?.chat).toBeUndefined();
  });

  it('without id or recipient is malformed; copies without ciphertext are left out', () => {
    expect(readOutgoingMessage(message({ to: '1@s.whatsapp.net' }, []))).toBeUndefined();
    expect(readOutgoingMessage(message({ id: 'A' }, []))).toBeUndefined();
    const bare = message({ id: 'A', to: '1@s.whatsapp.net' }, [{ tag: 'enc', attrs: { type: 'msg' } }]);
    expect(readOutgoingMessage(bare)?.envelopes).toEqual([]);
  });
});
