/**
 * The one error catalogue. Every failed answer of the API carries one of these codes; `docs/errors.md`, the OpenAPI document and the
 * client derive from it. `error` and `message` are what the caller reads, `cause` and `fix` become the documentation of the code.
 */

import { accountErrors } from './account-errors.ts';
import { campaignErrors } from './campaign-errors.ts';
import type { CatalogueEntry } from './entry.ts';
import { feedErrors } from './feed-errors.ts';
import { limitErrors } from './limit-errors.ts';
import { messageErrors } from './message-errors.ts';
import { platformErrors } from './platform-errors.ts';
import { requestErrors } from './request-errors.ts';
import { sandboxErrors } from './sandbox-errors.ts';
import { sessionErrors } from './session-errors.ts';
import { webhookErrors } from './webhook-errors.ts';

/** Order is the order of the error page. */
export const errorCatalogue = {
  ...requestErrors,
  ...accountErrors,
  ...limitErrors,
  ...sessionErrors,
  ...messageErrors,
  ...campaignErrors,
  ...webhookErrors,
  ...feedErrors,
  ...sandboxErrors,
  ...platformErrors,
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;
export const errorCodes = Object.keys(errorCatalogue) as ErrorCode[];
export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorCatalogue, code);

/** Path of `docUrl`; the gateway serves the page itself, so that it works offline. */
export const errorDocPath = (code: ErrorCode): string => `/docs/errors/${code}`;
