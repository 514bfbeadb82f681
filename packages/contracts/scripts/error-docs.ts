/** docs/errors.md from the catalogue. */
import { type ErrorCode, errorCatalogue } from '../src/errors/catalogue.ts';

export function buildErrorDocs(): string {
  const entries = Object.entries(errorCatalogue) as [ErrorCode, (typeof errorCatalogue)[ErrorCode]][];
  const sections = entries
    .toSorted(([a, x], [b, y]) => x.status - y.status || a.localeCompare(b))
    .map(([code, e]) =>
      [
        `## ${code}`,
        '',
        e.status === 0
          ? 'Reason of a failed message; HTTP 409 when the request still waits for it.'
          : `HTTP ${e.status}${e.retryable ? ', may succeed when repeated' : ''}.`,
        '',
        `**${e.error}.** ${e.message}.`,
        '',
        `- Cause: ${e.cause}`,
        `- Fix: ${e.fix}`,
        '',
      ].join('\n'),
    );
  return [
    '# Error codes',
    '',
    'Generated from `packages/contracts/src/errors` by `npm run contracts:generate`. A running gateway has a page for each at `/docs/errors`.',
    '',
    'Every failed request is answered with `{error, message, code, requestId, docUrl, param?, details?}`.',
    '',
    ...sections,
  ].join('\n');
}
