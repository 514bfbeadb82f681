import { errorCatalogue, isErrorCode } from '@wam/contracts';

/** Where the documentation's words for a failed message differ from the catalogue's. */
const documented: Readonly<Record<string, string>> = {
  NOT_ON_WHATSAPP: 'Number not registered on WhatsApp',
};

/** What a person reads about a failure: the catalogue's sentence; for a code it does not know, the reason in the event. */
export function failureText(code: string | null, reason: string | null): string {
  const known = code !== null && isErrorCode(code) ? errorCatalogue[code].message : undefined;
  return documented[code ?? ''] ?? known ?? reason ?? errorCatalogue.SEND_FAILED.message;
}
