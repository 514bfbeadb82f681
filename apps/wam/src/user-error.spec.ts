import { expect, it } from 'vitest';
import { messageOf } from './user-error.ts';

it.each([
  { title: 'its message', error: new Error('the disk is full'), words: 'the disk is full' },
  {
    title: 'those of its errors when it has none itself',
    error: new AggregateError([
      new Error('connect ECONNREFUSED ::1:5432'),
      new Error('connect ECONNREFUSED 127.0.0.1:5432'),
    ]),
    words: 'connect ECONNREFUSED ::1:5432; connect ECONNREFUSED 127.0.0.1:5432',
  },
  { title: 'its name when there is nothing else', error: new TypeError(), words: 'TypeError' },
  { title: 'what was thrown when it is no error', error: 'stop', words: 'stop' },
])('an error is told by $title', ({ error, words }) => {
  expect(messageOf(error)).toBe(words);
});
