import { expect, it } from 'vitest';
import { campaignReport } from './campaign-report.ts';

const campaignId = 'cmp_01JD8X3M5N6P7Q8R9S0T1V2W3X';

it('the report of a finished campaign is the one of the documentation', () => {
  const report = campaignReport(campaignId, [
    { contact: '919876543210', state: 'sent', errorCode: null },
    { contact: '919876543211', state: 'sent', errorCode: null },
    { contact: '919876543212', state: 'failed', errorCode: 'NOT_ON_WHATSAPP' },
  ]);
  expect(report).toMatchObject({
    total: 3,
    sent: 2,
    failed: 1,
    results: [
      { contact: '919876543210', success: true, status: 'Sent' },
      { contact: '919876543211', success: true, status: 'Sent' },
      { contact: '919876543212', success: false, status: 'Failed', error: 'Number not on WhatsApp' },
    ],
  });
});

it('what is not sent yet is pending, no success and no error', () => {
  const report = campaignReport(campaignId, [
    { contact: '919876543210', state: 'queued', errorCode: null },
    { contact: '919876543211', state: 'pending', errorCode: null },
  ]);
  expect(report).toMatchObject({ total: 2, sent: 0, failed: 0, pending: 2 });
  expect(report.results).toEqual([
    { contact: '919876543210', success: false, status: 'Pending' },
    { contact: '919876543211', success: false, status: 'Pending' },
  ]);
});

it('whoever was left out of a cancelled one is neither pending nor failed', () => {
  const report = campaignReport(campaignId, [
    { contact: '919876543210', state: 'sent', errorCode: null },
    { contact: '919876543211', state: 'queued', errorCode: null },
    { contact: '919876543212', state: 'cancelled', errorCode: null },
  ]);
  expect(report).toMatchObject({ total: 3, sent: 1, failed: 0, pending: 1, cancelled: 1 });
  expect(report.results[2]).toEqual({ contact: '919876543212', success: false, status: 'Cancelled' });
});

it('a code outside the catalogue still reads as an error', () => {
  const report = campaignReport(campaignId, [
    { contact: '919876543210', state: 'failed', errorCode: 'FROM_THE_FUTURE' },
  ]);
  expect(report.results[0]?.error).toBe('Send failed');
});
