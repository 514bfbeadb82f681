/** `wam account reset-password`: for who has lost theirs. The password is printed this once; whoever gets it changes it. */
import { internalRequests, type PasswordReset, type ResetPassword } from '@wam/contracts';
import type { Env } from '@wam/service-kit';
import { askAuth } from './ask-service.ts';

/** @throws UserError for an unknown account */
export function resetPassword(email: string, env: Env): Promise<PasswordReset> {
  return askAuth<PasswordReset>(internalRequests.resetPassword, { email } satisfies ResetPassword, env);
}

export const resetPasswordText = ({ email, password }: PasswordReset): string =>
  `${email} logs in with ${password}\nEvery login and access token of the account has ended; its API keys go on.`;
