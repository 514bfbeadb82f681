/** The answer of bulk-send and of the progress query. Pure. */
import { type AnswerOf, type bulkSend, errorCatalogue, isErrorCode, type recipientStates } from '@wam/contracts';

export interface RecipientOutcome {
  contact: string;
  state: (typeof recipientStates)[number];
  /** From the error catalogue, when failed. */
  errorCode: string | null;
}

export type CampaignReport = Omit<AnswerOf<typeof bulkSend, 202>, 'reason'> & { cancelled: number };

/** One result per contact in the order of the request. */
export function campaignReport(campaignId: string, outcomes: readonly RecipientOutcome[]): CampaignReport {
  const results = outcomes.map(resultOf);
  const count = (status: CampaignReport['results'][number]['status']) =>
    results.filter((r) => r.status === status).length;
  return {
    total: results.length,
    sent: count('Sent'),
    failed: count('Failed'),
    results,
    pending: count('Pending'),
    cancelled: count('Cancelled'),
    campaignId,
    statusUrl: `/api/campaigns/${campaignId}`,
  };
}

function resultOf({ contact, state, errorCode }: RecipientOutcome): CampaignReport['results'][number] {
  switch (state) {
    case 'sent':
      return { contact, success: true, status: 'Sent' };
    case 'failed':
    case 'opted-out':
      return { contact, success: false, status: 'Failed', error: errorTitle(errorCode) };
    case 'pending':
    case 'queued':
      return { contact, success: false, status: 'Pending' };
    case 'cancelled':
      return { contact, success: false, status: 'Cancelled' };
    default:
      return state satisfies never;
  }
}

/** The documentation shows words here ("Number not on WhatsApp"), not codes. */
const errorTitle = (code: string | null): string =>
  errorCatalogue[code !== null && isErrorCode(code) ? code : 'SEND_FAILED'].error;
