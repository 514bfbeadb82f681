import type { BodyOf, CommandType, commandSchemas, Network, OperationDefinition, ParamsOf } from '@wam/contracts';
import type { IdSource } from '@wam/service-kit';
import type { Static } from 'typebox';

/** What an adapter may use besides the request. */
export interface DraftContext {
  ids: IdSource;
  /** Wall clock in milliseconds. */
  nowMs: number;
  defaultNetwork: Network;
}
export interface CommandDraft<T extends CommandType> {
  /** Id of the command, and its deduplication id on the bus. */
  id: string;
  data: Static<(typeof commandSchemas)[T]>;
  /** ISO instant by which the command is carried out or has failed. */
  notAfter?: string;
}
/** What a caller reads when the command is stored and its outcome is not known yet. */
export interface AcceptedAnswer {
  status: 200 | 201 | 202;
  body: unknown;
}

/** Maps one HTTP operation to its command: all that is written by hand for a route of kind `command`. Pure. */
export interface CommandAdapter<
  O extends OperationDefinition = OperationDefinition,
  T extends CommandType = CommandType,
> {
  operation: O;
  command: T;
  /** `params` has the session the operation is about, wherever it was found. */
  draft(
    request: { params: ParamsOf<O> & { sessionId: string }; body: BodyOf<O> },
    context: DraftContext,
  ): CommandDraft<T>;
  accepted(draft: CommandDraft<T>): AcceptedAnswer;
  /** Adds to the owner's answer what only the request knows. */
  completed?(body: unknown, draft: CommandDraft<T>): unknown;
  /** For operations that make their session when there is none: what is issued when there is one. */
  whenPresent?: CommandAdapter;
  /** The session is made by this command (so there is nothing to look up), or ended by it. */
  effect?: 'creates-session' | 'deletes-session';
  /** Whether `Prefer: respond-async` is honoured: answer `accepted` as soon as the command is stored. */
  respondsAsync?: boolean;
}

/** Forgets the types of the one operation, which the route table has already matched. */
export const defineCommandAdapter = <O extends OperationDefinition, T extends CommandType>(
  adapter: CommandAdapter<O, T>,
): CommandAdapter => adapter as unknown as CommandAdapter;
