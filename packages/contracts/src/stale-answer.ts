/** How an answer from the read models says that they had not caught up with the log when it was given. */
import Type from 'typebox';

export const staleAnswerHeader = {
  name: 'Stale-Answer',
  description:
    'Present when what happened in the last moments may be missing: the read models were behind, and waiting for them took too long. Ask again.',
  schema: Type.Literal('true'),
} as const;
