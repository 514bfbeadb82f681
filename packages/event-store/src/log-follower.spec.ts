import { createSilentLogger, VirtualClock } from '@wam/service-kit';
import { type EventConsumption, LogDiverged } from '@wam/service-kit/nats';
import { describe, expect, it } from 'vitest';
import { createLogFollower, type Following, type LogFollowerOptions } from './log-follower.ts';

const retryMs = 500;

/** Reads until it is stopped or told to fail. */
function consumption(): EventConsumption & { fail(error: Error): void } {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return {
    position: 7,
    done: promise,
    hurry: () => {},
    fail: reject,
    async stop() {
      resolve();
      await promise;
    },
  };
}

function followerOf(follow: LogFollowerOptions['follow'], more: Partial<LogFollowerOptions> = {}) {
  const clock = new VirtualClock();
  const ends: string[] = [];
  const follower = createLogFollower({
    name: 'follower',
    what: 'reading',
    follow,
    onEnd: (how) => ends.push(how),
    retryMs,
    clock,
    logger: createSilentLogger(),
    ...more,
  });
  return { follower, clock, ends };
}

describe('who follows the log', () => {
  it('is ready while it reads, and ends with a stop', async () => {
    const { follower, ends } = followerOf(({ readOn }) => readOn(consumption()));
    expect(follower.health()).toEqual({ ready: false, detail: 'starting' });
    await follower.start();
    expect(follower.health()).toEqual({ ready: true, detail: 'following' });
    expect(follower.position()).toBe(7);
    await follower.stop();
    expect(follower.state()).toEqual({ kind: 'stopped' });
    expect(follower.position()).toBe(0);
    expect(ends).toEqual(['stopped']);
  });

  it('begins again after a failure, when the pause is over', async () => {
    const readings = [consumption(), consumption()];
    let begun = 0;
    const { follower, clock } = followerOf(({ readOn }) => readOn(readings[begun++]!));
    await follower.start();
    readings[0]!.fail(new Error('the database is away'));
    await clock.advance(retryMs - 1);
    expect(begun).toBe(1);
    expect(follower.health()).toEqual({ ready: false, detail: 'failing: the database is away' });
    await clock.advance(1);
    expect(begun).toBe(2);
    expect(follower.health().ready).toBe(true);
    await follower.stop();
  });

  it.each([
    { title: 'a log that is another one', error: new LogDiverged('EVT'), more: {} },
    { title: 'what its service says is final', error: new Error('mine'), more: { isFinal: () => true } },
  ])('halts for good at $title', async ({ error, more }) => {
    let begun = 0;
    const { follower, clock, ends } = followerOf(() => {
      begun += 1;
      throw error;
    }, more);
    await follower.start();
    await clock.advance(10 * retryMs);
    expect(begun).toBe(1);
    expect(follower.health()).toEqual({ ready: false, detail: `halted: ${error.message}` });
    expect(ends).toEqual(['halted']);
    await follower.stop();
  });

  it('is ready too when another process is faster, and tries again', async () => {
    class Overtaken extends Error {}
    const tries: ((following: Following) => void)[] = [
      ({ standBy }) => standBy(),
      () => {
        throw new Overtaken();
      },
    ];
    let begun = 0;
    const { follower, clock } = followerOf(async (following) => tries[begun++ % 2]!(following), {
      isStandBy: (error) => error instanceof Overtaken,
    });
    await follower.start();
    for (const times of [1, 2, 3]) {
      expect(begun).toBe(times);
      expect(follower.health()).toEqual({ ready: true, detail: 'standby' });
      await clock.advance(retryMs);
    }
    await follower.stop();
  });

  it('ends what is begun while it is being stopped', async () => {
    const ready = Promise.withResolvers<void>();
    const { follower, ends } = followerOf(async ({ readOn }) => {
      await ready.promise;
      await readOn(consumption());
    });
    await follower.start();
    const stopped = follower.stop();
    ready.resolve();
    await stopped;
    expect(ends).toEqual(['stopped']);
  });
});
