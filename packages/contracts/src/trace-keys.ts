/**
 * Names from which the ids of traces and spans are derived, the same in every process and after every restart: nothing has to travel beside
 * commands and events, or be stored with them (docs/adr/0019).
 */
import type { AnyEvent } from './envelope.ts';

/** A message has a trace of its own, from its request to the last of its events; everything else is in the trace of its request. */
export function traceKeyOf({ correlationId, data }: { correlationId: string; data: unknown }): string {
  const { messageId } = data as { messageId?: unknown };
  return typeof messageId === 'string' ? messageId : correlationId;
}

/** Unique within their trace. */
export const spanKeys = {
  /** A call of the API, by request id. */
  request: (requestId: string) => `request:${requestId}`,
  /** What a service does about a call. */
  answer: (requestId: string, operation: string) => `answer:${requestId}:${operation}`,
  /** A command on its way into the bus, by command id. */
  command: (commandId: string) => `command:${commandId}`,
  /** An engine takes a message over from the bus, or carries out another command. */
  accept: (commandId: string) => `accept:${commandId}`,
  /** From a message's first stanza to WhatsApp's word on it. */
  send: (messageId: string) => `send:${messageId}`,
  /** An event on its way into the log. */
  event: (eventId: string) => `event:${eventId}`,
  /** An event in the read models. */
  projection: (eventId: string) => `projection:${eventId}`,
  /** An attempt to deliver an event to a webhook. */
  delivery: (deliveryId: string, attempt: number) => `delivery:${deliveryId}:${attempt}`,
} as const;

/**
 * The span that an event other than a message's is stored under: the command that an engine carried out, or the request that a service answered.
 * What happened by itself begins a trace.
 */
export function causeKeyOf({
  correlationId,
  causationId,
}: Pick<AnyEvent, 'correlationId' | 'causationId'>): string | undefined {
  if (causationId === correlationId) return spanKeys.request(correlationId);
  return causationId.startsWith('cmd_') ? spanKeys.accept(causationId) : undefined;
}
