import type { ServiceReply, ServiceRequest } from '@wam/contracts';
import { answer, refuse } from '@wam/service-kit/nats';
import { readReport } from '../storage/read-report.ts';
import type { BulkSendDeps } from './bulk-send.ts';

/** Another tenant's campaign is answered as one that does not exist. */
export async function getCampaign(
  deps: Pick<BulkSendDeps, 'database' | 'sealer'>,
  { principal, params }: ServiceRequest,
): Promise<ServiceReply> {
  if (principal === undefined) return refuse({ code: 'UNAUTHORIZED' });
  const report = await readReport(deps.database, deps.sealer, principal.tenant, params.campaignId ?? '');
  return report === undefined ? refuse({ code: 'CAMPAIGN_NOT_FOUND' }) : answer(200, report);
}
