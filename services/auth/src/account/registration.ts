import { EmailAddress, type RejectionBody } from '@wam/contracts';
import { Value } from 'typebox/value';
import { defaultUsername, type NormalisedEmail, normaliseEmail } from './email.ts';

export interface Registration {
  email: NormalisedEmail;
  username: string;
}

/**
 * The identity somebody asks to register. The gateway has checked the spelling that was sent; the normalised one is checked
 * again, since NFKC can turn one character into an @ or a space.
 */
export function prepareRegistration(request: { email: string; username?: string }): Registration | RejectionBody {
  const email = normaliseEmail(request.email);
  if (!Value.Check(EmailAddress, email))
    return { code: 'VALIDATION_FAILED', param: 'email', message: 'email must be a valid e-mail address' };
  return { email, username: request.username?.trim() || defaultUsername(email) };
}
