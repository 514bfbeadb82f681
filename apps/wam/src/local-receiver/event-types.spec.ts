import { describe, expect, it } from 'vitest';
import { eventFilterOf, sampleTypeOf } from './event-types.ts';

describe('events on the command line', () => {
  it('are types or kinds, separated by commas; none means all', () => {
    expect(eventFilterOf('message.*,session.connected')).toEqual(['message.*', 'session.connected']);
    expect(eventFilterOf(undefined)).toEqual([]);
  });

  it('that do not exist are refused with those that do', () => {
    expect(() => eventFilterOf('message.recieved')).toThrow(/no event message\.recieved; .*message\.received/);
    expect(() => sampleTypeOf('message.*')).toThrow(/webhook\.test/);
    expect(sampleTypeOf('webhook.test')).toBe('webhook.test');
  });
});
