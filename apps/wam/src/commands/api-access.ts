/** How commands of developers reach the platform: through its public API, with a credential of the account. */
import { type Client, createClient, WamConnectionError, WamError } from '@wam/client';
import type { Env } from '@wam/service-kit';
import { UserError } from '../user-error.ts';

export interface ApiOptions {
  url?: string;
  apiKey?: string;
}

/** @throws UserError without a credential */
export function credentialOf({ apiKey }: ApiOptions, env: Env): string {
  const credential = apiKey ?? env.WAM_API_KEY;
  if (!credential) throw new UserError('an API key or access token is needed: --api-key, or WAM_API_KEY');
  return credential;
}

export function connectApi(options: ApiOptions, env: Env): { client: Client; url: string } {
  const url = options.url ?? env.WAM_URL ?? 'http://127.0.0.1:3000';
  if (!URL.canParse(url)) throw new UserError(`${url} is not the URL of an installation`);
  return { client: createClient({ baseUrl: url, token: credentialOf(options, env) }), url };
}

/** What the API refuses is for the user to repair. */
export async function asUser<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof WamError) throw new UserError(`${error.message} (${error.code}, ${error.docUrl})`);
    if (error instanceof WamConnectionError) throw new UserError(`the platform does not answer: ${error.message}`);
    throw error;
  }
}

/** @throws UserError for what cannot be posted to */
export function receiverOf(url: string): string {
  const receiver = /^https?:\/\//.test(url) ? url : `http://${url}`;
  if (!URL.canParse(receiver)) throw new UserError(`${url} is not a URL that events can be forwarded to`);
  return receiver;
}
