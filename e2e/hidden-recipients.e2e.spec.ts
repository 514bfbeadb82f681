/** Lists with somebody whose number WhatsApp hides: a campaign and a bulk send reach them, and their STOP is kept under whichever address is known. */
import { expect, it } from 'vitest';
import { startPlatform, temporaryFolder, until } from './platform.ts';

const hidden = '19990000008';
const others = ['919876500011', '919876500012'] as const;
const pace = { messagesPerMinute: 6000, burst: 20, jitter: 0 };

it('who writes without a number is reached by a list, opts out of it, and is one contact with the number', async () => {
  await using folder = await temporaryFolder();
  await using platform = await startPlatform(folder.path);
  const { client } = platform;
  const { sessionId, phone } = platform.ready;
  const write = (message: string) => client.simulateIncomingMessage({ body: { from: hidden, to: phone, message } });
  const inbox = async () => (await client.getInbox({ params: { number: hidden } })).messages.map(({ text }) => text);
  const completed = (campaignId: string) =>
    until('the end of the campaign', async () => {
      const campaign = await client.getCampaign({ params: { campaignId } });
      return campaign.status === 'completed' ? campaign : undefined;
    });

  await write('Who sells here?');
  const from = await until('the message', async () => {
    const [received] = (await client.listMessages({ query: { direction: 'in' } })).data;
    return received?.from ?? undefined;
  });
  expect(from).toMatch(/^\d+@lid$/);

  const { campaignId } = await client.createCampaign({ body: { message: 'Hello {{name|you}}', pace } });
  const params = { campaignId };
  const csv = `number,name\n${from},Asha\n${others[0]},\n${from},Twice\n12@lid,Typo\n`;
  const taken = await client.uploadRecipients({ params, body: csv });
  expect(taken).toMatchObject({ added: 2, bad: 1, duplicates: 1, problems: [{ row: 4 }, { row: 5, value: '12@lid' }] });
  expect((await client.previewCampaign({ params })).sample[0]).toEqual({ number: from, text: 'Hello Asha' });
  await client.startCampaign({ params });
  expect(await completed(campaignId)).toMatchObject({ sent: 2, failed: 0 });
  const list = await client.listCampaignRecipients({ params });
  expect(list.data.map(({ number, state }) => [number, state])).toEqual([from, others[0]].map((to) => [to, 'sent']));
  const exported = await client.exportCampaign({ params });
  expect(exported.split('\r\n')[1]).toMatch(new RegExp(`^${from},sent,`));
  const figures = await until('the figures', async () => {
    const { recipients, messages } = await client.getCampaignStats({ params });
    return messages.sent === 2 ? { recipients, messages } : undefined;
  });
  expect(figures.recipients).toMatchObject({ total: 2, sent: 2 });
  const contacts = [from, others[1]];
  expect(await client.bulkSend({ body: { contacts, message: 'Offer', delay: 0, sessionId } })).toMatchObject({
    ...{ sent: 2, failed: 0 },
    results: contacts.map((contact) => ({ contact, status: 'Sent' })),
  });
  expect(await inbox()).toEqual(['Hello Asha', 'Offer']);

  await write('STOP');
  await until('the opt-out', async () => (await client.listSuppressions()).data.find(({ number }) => number === from));
  const again = { message: 'Still here?', contacts: [from, others[0]], pace, start: true };
  const second = await client.createCampaign({ body: again });
  expect(second).toMatchObject({ total: 1, problems: { optedOut: 1 } });
  await completed(second.campaignId);

  // With the number known, in a look-up for another message, and told by the next reply, the list has one entry: the number.
  await client.sendMessage({ params: { sessionId }, body: { to: hidden, message: 'Noted' } });
  await write('Thanks');
  await until('the number in the list', async () => {
    const { data } = await client.listSuppressions();
    return data.length === 1 && data[0]?.number === hidden ? data : undefined;
  });
  const third = await client.createCampaign({ body: { ...again, contacts: [from, hidden, others[1]] } });
  expect(third).toMatchObject({ total: 1, problems: { optedOut: 1, duplicates: 1 } });
  await completed(third.campaignId);
  expect(await inbox()).toEqual(['Hello Asha', 'Offer', 'Noted']);
});
