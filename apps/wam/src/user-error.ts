/** Something the user can repair: printed as it is, without a stack, and the process ends with 1. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** What happened, in words. Node's error for a host with several addresses has none but those of its errors. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  return error instanceof AggregateError ? error.errors.map(messageOf).join('; ') : error.name;
}
