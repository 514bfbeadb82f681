import { describe, expect, it } from 'vitest';
import { keptFrom } from './kept-from.ts';

describe('retention', () => {
  it('keeps the current month and as many whole ones before it', () => {
    expect(keptFrom(Date.parse('2026-11-27T12:00:00.000Z'), 3)).toEqual(new Date('2026-08-01T00:00:00.000Z'));
    expect(keptFrom(Date.parse('2026-01-01T00:00:00.000Z'), 1)).toEqual(new Date('2025-12-01T00:00:00.000Z'));
  });
});
