import type { BodyOf, CommandType, OperationDefinition, ParamsOf, RejectionBody, ServiceReply } from '@wam/contracts';
import type { CommandDraft, DraftContext } from './command-adapter.ts';

/** One command of a batch, and why it was not stored if it was not. */
export interface BatchRow<T extends CommandType> {
  draft: CommandDraft<T>;
  refusal: RejectionBody | undefined;
}

/** Maps one HTTP operation to several commands for one session, which nobody waits for. Pure. */
export interface BatchAdapter<
  O extends OperationDefinition = OperationDefinition,
  T extends CommandType = CommandType,
> {
  operation: O;
  command: T;
  drafts(request: { params: ParamsOf<O>; body: BodyOf<O> }, context: DraftContext): CommandDraft<T>[];
  /** What is answered when at least one is stored; rows are in the order of the drafts. */
  answer(rows: readonly BatchRow<T>[]): ServiceReply;
}

/** Forgets the types of the one operation, which the route table has already matched. */
export const defineBatchAdapter = <O extends OperationDefinition, T extends CommandType>(
  adapter: BatchAdapter<O, T>,
): BatchAdapter => adapter as unknown as BatchAdapter;
