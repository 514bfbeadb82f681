/** Where a page of messages ended: the position of its last row. Opaque to callers, so that its form may change. */
export interface ListPosition {
  acceptedAt: string;
  messageId: string;
}

const form = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z) (msg_[0-9A-Z]{26})$/;

export const encodeCursor = ({ acceptedAt, messageId }: ListPosition): string =>
  Buffer.from(`${acceptedAt} ${messageId}`).toString('base64url');

/** Undefined for anything that `encodeCursor` has not made. */
export function decodeCursor(cursor: string): ListPosition | undefined {
  const [, acceptedAt, messageId] = form.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (acceptedAt === undefined || messageId === undefined || Number.isNaN(Date.parse(acceptedAt))) return undefined;
  return { acceptedAt, messageId };
}
