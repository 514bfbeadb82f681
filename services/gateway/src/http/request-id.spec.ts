import { createSequentialIds } from '@wam/service-kit';
import { expect, test } from 'vitest';
import { requestIdOf } from './request-id.ts';

const given = (value: string | string[] | undefined): string =>
  requestIdOf(createSequentialIds())({ headers: { 'x-request-id': value as string } });

test('a harmless request id of the caller is kept', () => {
  for (const id of ['a', 'req-1.2_3', 'x'.repeat(64)]) expect(given(id)).toBe(id);
});

test('anything else is replaced', () => {
  for (const id of [undefined, '', 'x'.repeat(65), 'a b', 'a\r\nb', 'é', ['a', 'b']])
    expect(given(id)).toBe('req_00000000000000000000000001');
});
