import { describe, expect, it } from 'vitest';
import { createRecipientChecks } from './check-recipient.ts';

/** late: to the second question. */
type Answer = 'found' | 'missing' | 'refused' | 'silent' | 'late';

function setup(answers: Record<string, Answer>) {
  const cache = new Map<string, object[]>();
  const queries: string[] = [];
  let now = 0;
  const addressOf = (jid: string) => jid.replace('@s.whatsapp.net', '');
  const userOf = (address: string) => address.replace('@lid', '');
  const answerOf = (address: string) => answers[address] ?? 'found';
  const { knows, checkRecipient: check } = createRecipientChecks({
    socket: {
      async getUSyncDevices(jids) {
        const addresses = jids.map(addressOf);
        const asked = addresses.filter((address) => !cache.has(userOf(address)));
        if (asked.length > 0) queries.push(asked.join());
        if (asked.some((address) => answerOf(address) === 'silent')) {
          now += 10_000;
          return [];
        }
        if (asked.some((address) => answerOf(address) === 'refused'))
          throw Object.assign(new Error('iq'), { data: 404 });
        for (const address of asked)
          if (answerOf(address) === 'found') cache.set(userOf(address), [{ user: userOf(address) }]);
        return addresses.map(userOf).flatMap((user) => (cache.has(user) ? [{ user }] : []));
      },
      async onWhatsApp(phone) {
        queries.push(`exists ${phone}`);
        return answerOf(phone) === 'silent' ? undefined : [];
      },
      async executeUSyncQuery({ users }) {
        const [address = ''] = users.map(({ id }) => id ?? '');
        queries.push(`devices ${address}`);
        const devices = { deviceList: answerOf(address) === 'late' ? [{ id: 0 }] : [] };
        return answerOf(address) === 'silent' ? undefined : { list: [{ id: address, devices }], sideList: [] };
      },
    },
    devices: { get: <T>(phone: string) => cache.get(phone) as T | undefined },
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

  it('by LID is looked up like a number, and known by nothing else', async () => {
    const { check, queries } = setup({ '7@lid': 'missing', '8@lid': 'silent', '9@lid': 'late' });
    expect(await check('6@lid', () => ['1'])).toBe('reachable');
    expect(await check('7@lid')).toBe('not-on-whatsapp');
    expect(await check('8@lid')).toBe('unknown');
    expect(await check('9@lid')).toBe('unknown');
    expect(queries).toEqual(['6@lid,1', '7@lid', 'devices 7@lid', '8@lid', 'devices 8@lid', '9@lid', 'devices 9@lid']);
  });
});
