import { messageSealPurpose } from '@wam/contracts';
import { deriveKek, type Env } from '@wam/service-kit';

/**
 * WAM_MESSAGE_KEY as it follows from WAM_KEK and WAM_OTHER_KEKS: what opens numbers and texts of events and nothing else.
 * undefined without WAM_KEK.
 */
export function messageKeyOf({ WAM_KEK, WAM_OTHER_KEKS = '' }: Env): string | undefined {
  if (WAM_KEK === undefined) return undefined;
  return `${WAM_KEK},${WAM_OTHER_KEKS}`
    .split(',')
    .filter((text) => text.trim() !== '')
    .map((text) => deriveKek(Buffer.from(text.trim(), 'base64'), messageSealPurpose).toString('base64'))
    .join(',');
}
