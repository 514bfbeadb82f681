/** Postgres errors by SQLSTATE (appendix A of its manual), never by message text. */
interface PostgresError {
  code: string;
  constraint?: string;
}

const hasCode = (error: unknown, ...codes: string[]): error is PostgresError =>
  error instanceof Error && codes.includes((error as Partial<PostgresError>).code ?? '');

/** Of that constraint, or of any. */
export const isUniqueViolation = (error: unknown, constraint?: string): boolean =>
  hasCode(error, '23505') && (constraint === undefined || error.constraint === constraint);
export const isCheckViolation = (error: unknown): boolean => hasCode(error, '23514');
/** Serialization failure or deadlock: the same transaction may succeed when tried again. */
export const isSerializationFailure = (error: unknown): boolean => hasCode(error, '40001', '40P01');
/** SQLSTATEs of a server that closes, starts, or has no connection left, and what the network says. */
const away = [
  ...['57P01', '57P02', '57P03', '08000', '08003', '08006', '53300'],
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'],
];
/** The connection or server went away; whether the statement took effect is unknown. */
export const isConnectionFailure = (error: unknown): boolean =>
  hasCode(error, ...away) ||
  (error instanceof Error && /^(Connection terminated|timeout exceeded when trying to connect)/.test(error.message));
