/** Where a page of the audit log ended. The position of an entry never changes, so pages do not shift when entries are added. */
export interface AuditCursor {
  at: Date;
  id: string;
}

export const encodeAuditCursor = ({ at, id }: AuditCursor): string =>
  Buffer.from(`${at.getTime()}.${id}`).toString('base64url');

/** @returns undefined for a text that no page has answered with */
export function decodeAuditCursor(cursor: string): AuditCursor | undefined {
  const match = /^(\d{1,15})\.([\w:-]{1,100})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  const [, atMs = '', id = ''] = match ?? [];
  return match === null ? undefined : { at: new Date(Number(atMs)), id };
}
