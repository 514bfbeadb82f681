/** A file of many recipients, and the same as a suppression list, while it is taken up. `npm run soak:upload` plays it at the limit: ROWS. */
import { createClient } from '@wam/client';
import { describe, expect, it } from 'vitest';
import { startProcesses } from './campaign-crashes/processes.ts';
import { until } from './platform.ts';

const rows = Number(process.env.ROWS ?? 30_000);
const most = { addedMb: 200 };
const timeoutMs = Math.max(110_000, rows * 0.9);
/** One in a thousand is no number, one in a thousand comes twice. */
const isBad = (index: number): boolean => index % 1000 === 7;
const isRepeated = (index: number): boolean => index % 1000 === 8;
const rowAt = (index: number): string => {
  const number = isBad(index) ? 'none' : 919_300_000_000 + index - (isRepeated(index) ? 2 : 0);
  return `${number},Asha ${index},"Pune, ward ${index % 90}"\n`;
};

function* file(): Generator<Uint8Array> {
  yield Buffer.from('number,name,city\n');
  const piece = 1000;
  for (let from = 0; from < rows; from += piece)
    yield Buffer.from(Array.from({ length: Math.min(piece, rows - from) }, (_, i) => rowAt(from + i)).join(''));
}

describe(`a file of ${rows} rows`, () => {
  it(
    `is taken up row by row, by processes that grow by less than ${most.addedMb} MB`,
    async () => {
      await using processes = await startProcesses(1);
      const client = createClient({ baseUrl: processes.url });
      const isReady = () =>
        fetch(`${processes.url}/readyz`).then(
          ({ ok }) => ok,
          () => false,
        );
      await until('the platform is ready', isReady, 60_000);
      const { token, user } = await client.register({
        body: { email: 'a@example.com', password: 'securepassword123' },
      });
      client.useToken(token);
      const { sessionId } = await client.createSession({ body: { network: 'sandbox' } });
      const { qrCode } = await client.getSessionQr({ params: { sessionId } });
      await processes.sandbox.scanQr({ qr: qrCode!, owner: user.userId });
      await until(
        'the session is connected',
        async () => (await client.getSessionStatus({ params: { sessionId } })).status === 'connected',
      );
      const { campaignId } = await client.createCampaign({ body: { message: 'Hello {{ name }} of {{ city }}' } });

      const names = ['gateway', 'dispatcher'];
      const idle = names.map((name) => processes.residentMb(name));
      const peak = [...idle];
      const watch = setInterval(() => {
        for (const [i, name] of names.entries()) peak[i] = Math.max(peak[i]!, processes.residentMb(name));
      }, 50);
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/csv' };
      const send = async (path: string) => {
        const startedAt = performance.now();
        const body = ReadableStream.from(file());
        const request = { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
        const answer: unknown = await (await fetch(`${processes.url}${path}`, request)).json();
        return { answer, seconds: Math.round((performance.now() - startedAt) / 1000) };
      };
      const taken = await send(`/api/campaigns/${campaignId}/recipients`);
      const suppressed = await send('/api/suppressions/import');
      const exported = await fetch(`${processes.url}/api/suppressions/export`, { headers });
      let lines = 0;
      for await (const chunk of exported.body!) lines += Buffer.from(chunk).toString().split('\n').length - 1;
      clearInterval(watch);

      const faulty = Math.floor(rows / 1000);
      const added = rows - 2 * faulty;
      const counts = { rows, added, bad: faulty, duplicates: faulty };
      expect([taken.answer, suppressed.answer]).toMatchObject([{ ...counts, total: added }, counts]);
      expect(lines).toBe(added + 1);
      const grown = names.map((name, i) => ({ name, addedMb: Math.round(peak[i]! - idle[i]!) }));
      if (process.env.ROWS !== undefined) console.log({ rows, seconds: [taken.seconds, suppressed.seconds], grown });
      for (const { name, addedMb } of grown) expect(addedMb, name).toBeLessThan(most.addedMb);
    },
    timeoutMs + 60_000,
  );
});
