/** What auth answers, by operation id as the gateway and other services ask for it. Shapes only; the rules are in the use cases. */
import type {
  AuthorizeSession,
  BeginOnce,
  BodyOf,
  changePassword,
  createApiKey,
  HoldMessages,
  internalRequests,
  listAudit,
  login,
  logOut,
  operations,
  QueryOf,
  ReleaseMessages,
  ReserveMessages,
  ResetPassword,
  refreshTokens,
  register,
  SetPlan,
  SetPool,
  SettleOnce,
  updateMe,
} from '@wam/contracts';
import { answer, isRefused, type RequestHandler, refuse, reply } from '@wam/service-kit/nats';
import type { ShownApiKey } from './api-key/verify-api-key.ts';
import { callerOf } from './change/caller.ts';
import type { Login } from './login/open-login.ts';
import type { AuthUseCases } from './use-cases.ts';

type Handled =
  | Extract<(typeof operations)[keyof typeof operations], { route: { service: 'auth' } }>['id']
  | keyof Pick<
      typeof internalRequests,
      | 'jwks'
      | 'entitlements'
      | 'verifyApiKey'
      | 'accountByEmail'
      | 'reserveMessages'
      | 'releaseMessages'
      | 'holdMessages'
      | 'beginOnce'
      | 'settleOnce'
      | 'authorizeSession'
      | 'setPlan'
      | 'setPool'
      | 'resetPassword'
      | 'rotateSigningKey'
    >;

export function authRequestHandlers(useCases: AuthUseCases): Record<Handled, RequestHandler> {
  const tokenPair = async ({ account, refreshToken }: Login) => ({
    token: await useCases.issueToken(account),
    refreshToken,
  });
  const signedIn = async (opened: Login, message: string) => ({
    message,
    ...(await tokenPair(opened)),
    user: { userId: opened.account.id, email: opened.account.email, username: opened.account.username },
  });
  return {
    async register({ body, requestId }) {
      const result = await useCases.register(body as BodyOf<typeof register>, requestId);
      return isRefused(result) ? refuse(result) : answer(201, await signedIn(result, 'User registered successfully'));
    },
    async login({ body, requestId }) {
      const result = await useCases.logIn(body as BodyOf<typeof login>, requestId);
      return isRefused(result) ? refuse(result) : answer(200, await signedIn(result, 'Login successful'));
    },
    async refreshTokens({ body, requestId }) {
      const { refreshToken } = body as BodyOf<typeof refreshTokens>;
      const result = await useCases.refreshLogin(refreshToken, requestId);
      return isRefused(result) ? refuse(result) : answer(200, await tokenPair(result));
    },
    async logOut(request) {
      const refusal = await useCases.endLogin(request.body as BodyOf<typeof logOut>, callerOf(request));
      return refusal ? refuse(refusal) : answer(200, { success: true, message: 'Logged out successfully' });
    },
    async changePassword(request) {
      const result = await useCases.replacePassword(request.body as BodyOf<typeof changePassword>, callerOf(request));
      if (isRefused(result)) return refuse(result);
      return answer(200, { message: 'Password changed successfully', ...(await tokenPair(result)) });
    },
    getMe: async (request) => reply(200, await useCases.showAccount(callerOf(request))),
    updateMe: async (request) =>
      reply(200, await useCases.changeProfile(request.body as BodyOf<typeof updateMe>, callerOf(request))),
    listAudit: async (request) =>
      reply(200, await useCases.pageAudit(request.query as QueryOf<typeof listAudit>, callerOf(request))),
    createApiKey: async (request) =>
      reply(201, await useCases.addApiKey(request.body as BodyOf<typeof createApiKey>, callerOf(request))),
    listApiKeys: async (request) => answer(200, await useCases.showApiKeys(callerOf(request))),
    async revokeApiKey(request) {
      const refusal = await useCases.removeApiKey(request.params.keyId ?? '', callerOf(request));
      return refusal ? refuse(refusal) : answer(200, { success: true, message: 'API key revoked successfully' });
    },
    async createEventsTicket({ principal, generation }) {
      if (principal === undefined) return refuse({ code: 'UNAUTHORIZED' });
      return reply(201, await useCases.issueEventsTicket({ ...principal, generation }));
    },

    jwks: async () => answer(200, { keys: await useCases.publishedKeys() }),
    entitlements: async ({ params }) => reply(200, await useCases.readEntitlements(params.accountId ?? '')),
    verifyApiKey: async ({ body }) => reply(200, await useCases.verifyApiKey(body as ShownApiKey)),
    accountByEmail: async ({ body }) => reply(200, await useCases.accountByEmail((body as { email: string }).email)),
    reserveMessages: async ({ body }) => reply(200, await useCases.reserveMessages(body as ReserveMessages)),
    async releaseMessages({ body }) {
      const refusal = await useCases.releaseMessages(body as ReleaseMessages);
      return refusal ? refuse(refusal) : answer(200, {});
    },
    holdMessages: async ({ body }) => reply(200, await useCases.holdMessages(body as HoldMessages)),
    beginOnce: async ({ body }) => reply(200, await useCases.beginOnce(body as BeginOnce)),
    settleOnce: async ({ body }) => answer(200, await useCases.settleOnce(body as SettleOnce)),
    authorizeSession: async ({ body }) => reply(200, await useCases.authorizeSession(body as AuthorizeSession)),
    setPlan: async ({ body, requestId }) => reply(200, await useCases.changePlan(body as SetPlan, requestId)),
    setPool: async ({ body, requestId }) => reply(200, await useCases.changePool(body as SetPool, requestId)),
    resetPassword: async ({ body, requestId }) =>
      reply(200, await useCases.resetPassword(body as ResetPassword, requestId)),
    rotateSigningKey: async () => answer(200, await useCases.rotateSigningKey()),
  };
}
