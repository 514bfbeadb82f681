/** The one shape every stored event and command has. Only `data` differs by type. */
import Type, { type Static } from 'typebox';
import { CalendarDay, Instant, Uuid } from './ids.ts';

const base = {
  id: Type.String({ minLength: 1, maxLength: 80, description: 'Unique id; also the bus deduplication id' }),
  type: Type.String({ description: 'Past tense for events, imperative for commands' }),
  v: Type.Integer({ minimum: 1, description: 'Schema version of `data`' }),
  tenant: Uuid,
  at: Instant,
  correlationId: Type.String({ description: 'Request id of the API call at the root of this chain' }),
  actor: Type.Optional(Type.String({ description: 'Who asked for it: `user`, or `key:` and the id of an API key' })),
};

export const EventEnvelope = Type.Object({
  ...base,
  version: Type.Integer({
    minimum: 0,
    description:
      'Position in its aggregate, 1 for the first event; 0 where the subject has a single writer and no version',
  }),
  causationId: Type.String({ description: 'Id of the command or event that caused this one' }),
  data: Type.Unknown(),
});
export const CommandEnvelope = Type.Object({
  ...base,
  notAfter: Type.Optional(Instant),
  countedOn: Type.Optional({ ...CalendarDay, description: 'Whose daily quota the message was taken from' }),
  data: Type.Unknown(),
});

export interface EventOf<T extends string, D> extends Omit<Static<typeof EventEnvelope>, 'type' | 'data'> {
  type: T;
  data: D;
}
export interface CommandOf<T extends string, D> extends Omit<Static<typeof CommandEnvelope>, 'type' | 'data'> {
  type: T;
  data: D;
}
export type AnyEvent = EventOf<string, unknown>;
export type AnyCommand = CommandOf<string, unknown>;
