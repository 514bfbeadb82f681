import { describe, expect, it } from 'vitest';
import { createRecipientChecks } from './check-recipient.ts';

type Answer = 'found' | 'missing' | 'refused' | 'silent';

function setup(answers: Record<string, Answer>) {
  const cache = new Map<string, object[]>();
  const queries: string[] = [];
  let now = 0;
  const answerOf = (jid: string) => answers[jid] ?? 'found';
  const { knows, checkRecipient: check } = createRecipientChecks({
    socket: {
      async getUSyncDevices(jids) {
        const asked = jids.filter((jid) => !cache.has(jid));
        if (asked.length > 0) queries.push(asked.join());
        if (asked.some((jid) => answerOf(jid) === 'silent')) {
          now += 10_000;
          return [];
        }
        if (asked.some((jid) => answerOf(jid) === 'refused')) throw Object.assign(new Error('iq'), { data: 404 });
        for (const jid of asked) if (answerOf(jid) === 'found') cache.set(jid, [{ user: jid }]);
        return jids.filter((jid) => cache.has(jid)).map((user) => ({ user }));
      },
      async onWhatsApp(phone) {
        queries.push(`exists ${phone}`);
        return answerOf(phone) === 'silent' ? undefined : [];
      },
    },
    devices: { get: <T>(phone: string) => cache.get(phone) as T | undefined },
    jidOf: (phone) => phone,
    queryTimeoutMs: 10_000,
    nowMs: () => now,
  });
  return { knows, check, queries };
}

describe('A recipient', () => {
  it('is looked up together with those that come next, and then known', async () => {
    const { knows, check, queries } = setup({});
    expect(knows('2')).toBe(false);
    expect(await check('1', () => ['2', '3', '2', '1'])).toBe('reachable');
    expect(knows('2')).toBe(true);
    expect(await check('2', () => ['3'])).toBe('reachable');
    expect(await check('3')).toBe('reachable');
    expect(queries).toEqual(['1,2,3']);
  });

  it('is looked up with fifty at most', async () => {
    const { check, queries } = setup({});
    await check('0', () => Array.from({ length: 70 }, (_, n) => `${n + 1}`));
    expect(queries[0]!.split(',')).toHaveLength(50);
  });

  it('that is not on WhatsApp is found out alone, and holds nobody else up', async () => {
    for (const answer of ['refused', 'missing'] as const) {
      const { check, queries } = setup({ 2: answer });
      expect(await check('1', () => ['2', '3'])).toBe('reachable');
      expect(await check('2', () => ['3', '4'])).toBe('not-on-whatsapp');
      expect(await check('3', () => ['4'])).toBe('reachable');
      // Each of those that failed together was asked for once more, not again and again.
      expect(queries.filter((query) => query.split(',').includes('2')).length).toBe(2);
    }
  });

  it('is not judged while the server is silent, and not asked for twice in one go', async () => {
    const { check, queries } = setup({ 1: 'silent' });
    expect(await check('1', () => ['2'])).toBe('unknown');
    expect(queries).toEqual(['1,2']);
    expect(await check('1')).toBe('unknown');
  });
});
