import { type MessagePrivate, messageSealPurpose } from '@wam/contracts';
import { SealError, type Sealer } from '@wam/service-kit';

/** The sealed part of a message event; undefined when it cannot be opened: its key is gone (the contact was erased), or it is damaged. */
export type OpenMessage = (event: MessageOfTenant, sealed: string) => MessagePrivate | undefined;
interface MessageOfTenant {
  tenant: string;
  data: { messageId: string };
}

/** What cannot be opened is unknown from then on; it never stops a reader of the log. */
export const createOpenMessage =
  (sealer: Pick<Sealer, 'open'>): OpenMessage =>
  ({ tenant, data }, sealed) => {
    try {
      const context = { tenant, purpose: messageSealPurpose, id: data.messageId };
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
