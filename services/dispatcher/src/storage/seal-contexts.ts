import type { SealContext } from '@wam/service-kit';

/** Where each sealed value lies; an envelope opens only there. */
export const messageContext = (tenant: string, campaignId: string): SealContext => ({
  tenant,
  purpose: 'campaign-message',
  id: campaignId,
});
export const contactContext = (tenant: string, campaignId: string, position: number): SealContext => ({
  tenant,
  purpose: 'campaign-contact',
  id: `${campaignId}/${position}`,
});
export const valuesContext = (tenant: string, campaignId: string, position: number): SealContext => ({
  tenant,
  purpose: 'campaign-values',
  id: `${campaignId}/${position}`,
});
export const problemContext = (tenant: string, campaignId: string, ordinal: number): SealContext => ({
  tenant,
  purpose: 'campaign-problem',
  id: `${campaignId}/${ordinal}`,
});
export const suppressionContext = (tenant: string, contactHash: Buffer): SealContext => ({
  tenant,
  purpose: 'suppression',
  id: contactHash.toString('hex'),
});
