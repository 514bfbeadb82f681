export interface CatalogueEntry {
  /** HTTP status, or 0 for codes that only appear as the reason of a failed message. */
  status: number;
  error: string;
  message: string;
  cause: string;
  fix: string;
  /** Whether the same request may succeed later without a change. */
  retryable: boolean;
}
export const entry = (
  status: number,
  error: string,
  message: string,
  cause: string,
  fix: string,
  retryable = false,
): CatalogueEntry => ({ status, error, message, cause, fix, retryable });
