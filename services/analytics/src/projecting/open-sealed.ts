import type { MessagePrivate } from '@wam/contracts';
import { SealError, type Sealer } from '@wam/service-kit';
import type { OpenSealed } from '../message/projection.ts';

/** What cannot be opened (erased key, damaged envelope) is unknown from then on; it never stops a projection. */
export const createOpenSealed =
  (sealer: Sealer): OpenSealed =>
  (event, sealed) => {
    try {
      const context = { tenant: event.tenant, purpose: 'message', id: event.data.messageId };
      const opened: unknown = JSON.parse(sealer.open(context, Buffer.from(sealed, 'base64')).toString('utf8'));
      return isMessagePrivate(opened) ? opened : undefined;
    } catch (error) {
      if (error instanceof SealError || error instanceof SyntaxError) return undefined;
      throw error;
    }
  };

const isMessagePrivate = (value: unknown): value is MessagePrivate =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Partial<MessagePrivate>).phone === 'string' &&
  typeof (value as Partial<MessagePrivate>).text === 'string';
