import { expect, it } from 'vitest';
import { userContent } from './user-content.ts';

const between = { from: '919876543210', to: '15551230001' };

it.each([
  [{ message: 'hi' }, { text: 'hi' }],
  [
    { message: 'yes', messageId: 'A1' },
    { text: 'yes', quotes: 'A1' },
  ],
  [
    { kind: 'reaction', message: '👍', messageId: 'A1' },
    { reaction: '👍', messageId: 'A1' },
  ],
  [
    { kind: 'reaction', messageId: 'A1' },
    { reaction: '', messageId: 'A1' },
  ],
  [
    { kind: 'edit', message: 'new', messageId: 'A1' },
    { edit: 'new', messageId: 'A1' },
  ],
  [
    { kind: 'delete', messageId: 'A1' },
    { delete: true, messageId: 'A1' },
  ],
  [{ kind: 'image', message: 'look' }, { image: { caption: 'look' } }],
  [{ kind: 'document', fileName: 'a.pdf' }, { document: { fileName: 'a.pdf' } }],
] as const)('a simulated user writes %o', (body, content) => {
  expect(userContent({ ...between, ...body })).toEqual(content);
});

it.each([
  [{}, 'message'],
  [{ kind: 'edit', message: 'new' }, 'messageId'],
  [{ kind: 'reaction', message: '👍' }, 'messageId'],
  [{ kind: 'delete' }, 'messageId'],
] as const)('%o is refused by the field that is missing', (body, param) => {
  expect(userContent({ ...between, ...body })).toMatchObject({ missing: { param } });
});
