import type { FastifyReply } from 'fastify';

/** Answers of the API are private and are no documents: a browser must neither keep, sniff, frame nor render them. */
const apiHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};
const httpsOnly = { 'strict-transport-security': 'max-age=31536000' };

/** @param publicUrl decides on Strict-Transport-Security, which only makes sense where clients come over https. */
export function defaultHeadersFor(publicUrl: string | undefined): (reply: FastifyReply, requestId: string) => void {
  const fixed = publicUrl?.startsWith('https:') ? { ...apiHeaders, ...httpsOnly } : apiHeaders;
  return (reply, requestId) => {
    reply.header('x-request-id', requestId).headers(fixed);
  };
}

/** For the pages the gateway serves itself. @param sources further directives, such as `style-src 'self'` */
export const pageSecurityPolicy = (...sources: string[]): string =>
  ["default-src 'none'", ...sources, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"].join('; ');
