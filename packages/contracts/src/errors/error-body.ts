import Type, { type Static } from 'typebox';

export const ErrorBody = Type.Object(
  {
    error: Type.String({ description: 'Short title' }),
    message: Type.String({ description: 'What went wrong, in a sentence' }),
    code: Type.String({ description: 'Stable code from the error catalogue' }),
    requestId: Type.String({ description: 'Also in the X-Request-Id header' }),
    docUrl: Type.String({ description: 'Cause and fix of this code' }),
    param: Type.Optional(Type.String({ description: 'The field at fault' })),
    details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  { title: 'Error', additionalProperties: false },
);
export type ErrorBody = Static<typeof ErrorBody>;
