import type { NormalisedEmail } from './email.ts';

/** A customer. Its id is the tenant of everything it owns. */
export interface Account {
  /** UUID v4 */
  id: string;
  email: NormalisedEmail;
  /** PHC string */
  passwordHash: string;
  username: string;
  plan: string;
  createdAt: Date;
}
