import type { AnyEvent } from '@wam/contracts';
import { VirtualClock } from '@wam/service-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import type { FeedEntry, MakeEntry } from './feed-entry.ts';
import { createLogPages, type LogPages } from './log-pages.ts';
import { createSlots } from './slots.ts';

const feed = { tenant: 't', tag: 'log' };
/** Sequences in the log; every tenth is of an event that is not public. */
const log = Array.from({ length: 500 }, (_, index) => index + 1);
const isPublic = (seq: number): boolean => seq % 10 !== 0;
let bytesOfEvent: number;
let clock: VirtualClock;
let opened: number[];
let open: number;
let pages: LogPages;

const make: MakeEntry = (_tag, { seq }) =>
  isPublic(seq)
    ? ({
        seq,
        event: {},
        network: undefined,
        text: () => 'x'.repeat(bytesOfEvent),
        as: (form) => form({} as FeedEntry),
      } as FeedEntry)
    : undefined;

beforeEach(() => {
  bytesOfEvent = 300;
  clock = new VirtualClock();
  opened = [];
  open = 0;
  const read = async (_tenant: string, after: number) => {
    opened.push(after);
    open += 1;
    let at = after;
    return {
      async next(limit: number) {
        const seqs = log.slice(at, at + limit);
        at += seqs.length;
        const events = seqs.map((seq) => ({ seq, subject: 's', event: {} as AnyEvent, network: undefined }));
        return { events, readTo: at, atEnd: at === log.length };
      },
      async [Symbol.asyncDispose]() {
        open -= 1;
      },
    };
  };
  pages = createLogPages({ feeds: { read }, make, resumes: createSlots(2), clock });
});

/** @returns sequences of all that is read, and how many events the largest page had */
async function readFrom(position: number): Promise<{ seqs: number[]; largest: number }> {
  const seqs: number[] = [];
  let largest = 0;
  for (let at = position; ; ) {
    const { entries, readTo, atEnd } = await pages.after(feed, at);
    seqs.push(...entries.map(({ seq }) => seq));
    largest = Math.max(largest, entries.length);
    at = readTo;
    if (atEnd) return { seqs, largest };
  }
}
const publicBehind = (position: number): number[] => log.filter((seq) => seq > position && isPublic(seq));

describe('the log of an account', () => {
  test('is read by one reader for all who come back at the same moment from the same place', async () => {
    const all = await Promise.all(Array.from({ length: 100 }, () => readFrom(7)));
    for (const { seqs } of all) expect(seqs).toEqual(publicBehind(7));
    expect(opened).toEqual([7]);
  });

  test('is not read again for who comes a moment later, from within what was read', async () => {
    await readFrom(0);
    expect((await readFrom(123)).seqs).toEqual(publicBehind(123));
    expect(opened).toEqual([0]);
  });

  test('is read again once what was read is forgotten', async () => {
    await readFrom(0);
    await clock.advance(2_000);
    expect((await readFrom(0)).seqs).toEqual(publicBehind(0));
    expect(opened).toEqual([0, 0]);
  });

  test('is read in fewer events at a time where they are large', async () => {
    bytesOfEvent = 10_000;
    await pages.after(feed, 0);
    const { seqs, largest } = await readFrom(200);
    expect(seqs).toEqual(publicBehind(200));
    expect(largest).toBeLessThan(20);
  });

  test('is let go of when nobody wants more of it, or at its end', async () => {
    await pages.after(feed, 0);
    expect(open).toBe(1);
    await clock.advance(100);
    expect(open).toBe(0);
    await readFrom(200);
    await Promise.resolve();
    expect(open).toBe(0);
  });

  test('is read by another who waits for a place when one is given back', async () => {
    const others = [
      { tenant: 'u', tag: 'log' },
      { tenant: 'v', tag: 'log' },
    ];
    await Promise.all([feed, others[0]!].map((each) => pages.after(each, 0)));
    const third = pages.after(others[1]!, 0);
    await clock.advance(100);
    expect((await third).readTo).toBe(200);
  });
});
