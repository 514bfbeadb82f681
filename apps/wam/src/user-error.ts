/** Something the user can repair: printed as it is, without a stack, and the process ends with 1. */
export class UserError extends Error {
  override readonly name = 'UserError';
}
