import type { NormalisedEmail } from './email.ts';

/** A customer. Its id is the tenant of everything it owns. */
export interface Account {
  /** UUID v4 */
  id: string;
  email: NormalisedEmail;
  /** PHC string */
  passwordHash: string;
  username: string;
  /** Id in the plan file; see PlanCatalogue.effective for one that is not on offer any more. */
  plan: string;
  /** Name of the dedicated pool that new sessions belong to; null for the shared one. */
  pool: string | null;
  /** IANA name; decides when a day of the account ends. */
  timeZone: string;
  /** Access tokens carry it; raising it ends all that were issued before. */
  tokenGeneration: number;
  createdAt: Date;
}
export const defaultTimeZone = 'UTC';
export const firstTokenGeneration = 1;
