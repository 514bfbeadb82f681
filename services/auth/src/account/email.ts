declare const normalised: unique symbol;
/** The spelling accounts are unique by: trimmed, NFKC, lower case. */
export type NormalisedEmail = string & { readonly [normalised]: true };

export const normaliseEmail = (email: string): NormalisedEmail =>
  email.normalize('NFKC').trim().toLowerCase() as NormalisedEmail;

/** The display name of an account that gave none: the part before the @, as the public documentation promises. */
export const defaultUsername = (email: NormalisedEmail): string => email.slice(0, email.lastIndexOf('@'));
