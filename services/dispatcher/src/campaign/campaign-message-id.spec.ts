import { expect, it } from 'vitest';
import { campaignMessageId } from './campaign-message-id.ts';

const campaignId = 'cmp_01JD8X3M5N6P7Q8R9S0T1V2W3X';

it('the same recipient and attempt have the same message id each time, everything else has another', () => {
  expect(campaignMessageId(campaignId, 7)).toBe(campaignMessageId(campaignId, 7, 0));
  const ids = [
    ...Array.from({ length: 1000 }, (_, position) => campaignMessageId(campaignId, position)),
    campaignMessageId(campaignId, 7, 1),
    campaignMessageId(campaignId, 7, 2),
    campaignMessageId('cmp_01JD8X3M5N6P7Q8R9S0T1V2W3Y', 7),
  ];
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^msg_01JD8X3M5N[0-9A-HJKMNP-TV-Z]{16}$/);
});
