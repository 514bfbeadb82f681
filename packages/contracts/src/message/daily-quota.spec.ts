import { expect, test } from 'vitest';
import { errorCodes } from '../errors/catalogue.ts';
import { messageErrors } from '../errors/message-errors.ts';
import { isGivenBack } from './daily-quota.ts';

test('a message that WhatsApp refused counts, whatever else it failed of is given back', () => {
  const given = Object.groupBy(Object.keys(messageErrors), (code) => (isGivenBack(code) ? 'back' : 'counted'));
  expect(given).toMatchObject({
    counted: ['NOT_ON_WHATSAPP', 'RECIPIENT_RESTRICTED', 'WHATSAPP_REJECTED'],
    back: expect.arrayContaining([
      'MESSAGE_EXPIRED',
      'MESSAGE_DROPPED',
      'SESSION_DELETED',
      'SESSION_LOGGED_OUT',
      'SEND_FAILED',
    ]),
  });
  expect(isGivenBack('SESSION_NOT_CONNECTED')).toBe(true);
});

test('the codes that count are in the catalogue', () => {
  expect(errorCodes.filter((code) => !isGivenBack(code))).toHaveLength(3);
});
