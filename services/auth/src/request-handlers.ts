import type { AnswerOf, BodyOf, JwksReply, login, RejectionBody, register } from '@wam/contracts';
import { answer, type RequestHandler, refuse } from '@wam/service-kit/nats';
import { isConnectionFailure } from '@wam/service-kit/postgres';
import type { Account } from './account/account.ts';

export interface AuthUseCases {
  register(body: BodyOf<typeof register>, requestId: string): Promise<Account | RejectionBody>;
  logIn(body: BodyOf<typeof login>): Promise<Account | RejectionBody>;
  issueToken(account: Account): Promise<string>;
  publishedKeys(): Promise<JwksReply>;
}

/** By operation id, as the gateway and other services ask for them. */
export function authRequestHandlers(useCases: AuthUseCases): Record<'register' | 'login' | 'jwks', RequestHandler> {
  const signed = async (account: Account, message: string): Promise<AnswerOf<typeof login, 200>> => ({
    message,
    token: await useCases.issueToken(account),
    user: { userId: account.id, email: account.email, username: account.username },
  });
  return {
    register: whileDatabaseAnswers(async ({ body, requestId }) => {
      const result = await useCases.register(body as BodyOf<typeof register>, requestId);
      return 'code' in result ? refuse(result) : answer(201, await signed(result, 'User registered successfully'));
    }),
    login: whileDatabaseAnswers(async ({ body }) => {
      const result = await useCases.logIn(body as BodyOf<typeof login>);
      return 'code' in result ? refuse(result) : answer(200, await signed(result, 'Login successful'));
    }),
    jwks: whileDatabaseAnswers(async () => answer(200, await useCases.publishedKeys())),
  };
}

/** A database that is away is no defect: the caller may come back. */
function whileDatabaseAnswers(handle: RequestHandler): RequestHandler {
  return async (request) => {
    try {
      return await handle(request);
    } catch (error) {
      if (isConnectionFailure(error)) return refuse({ code: 'SERVICE_UNAVAILABLE' });
      throw error;
    }
  };
}
