/** A command from the bus, checked against the contracts. Pure. */
import {
  CommandEnvelope,
  commandSchemas,
  type DropCommand,
  type MessageCommand,
  type MoveCommand,
  parseSessionSubject,
  type ResendCommand,
  type SessionCommand,
} from '@wam/contracts';
import { Compile } from 'typebox/compile';

export type EngineCommand = SessionCommand | MoveCommand | MessageCommand | ResendCommand | DropCommand;
export type ParsedCommand = { ok: true; command: EngineCommand } | { ok: false; reason: string };

const envelope = Compile(CommandEnvelope);
const data = {
  CreateSession: Compile(commandSchemas.CreateSession),
  DescribeSession: Compile(commandSchemas.DescribeSession),
  ConnectSession: Compile(commandSchemas.ConnectSession),
  DisconnectSession: Compile(commandSchemas.DisconnectSession),
  DeleteSession: Compile(commandSchemas.DeleteSession),
  MoveSession: Compile(commandSchemas.MoveSession),
  SendMessage: Compile(commandSchemas.SendMessage),
  ResendMessage: Compile(commandSchemas.ResendMessage),
  DropMessage: Compile(commandSchemas.DropMessage),
} as const;
const isKnown = (type: string): type is keyof typeof data => Object.hasOwn(data, type);

const decoder = new TextDecoder('utf-8', { fatal: true });
const refuse = (reason: string): ParsedCommand => ({ ok: false, reason });

/** The subject names tenant and session too; a command that says otherwise belongs to nobody. */
export function parseCommand(subject: string, bytes: Uint8Array): ParsedCommand {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch {
    return refuse('not JSON');
  }
  if (!envelope.Check(value)) return refuse('not a command envelope');
  if (!isKnown(value.type)) return refuse(`unknown command type ${value.type}`);
  if (!data[value.type].Check(value.data)) return refuse(`${value.type}: data does not match its schema`);
  const command = value as EngineCommand;
  const address = parseSessionSubject(subject);
  if (address?.tenant !== command.tenant || address.sessionId !== command.data.sessionId) {
    return refuse('tenant or session differ from the subject');
  }
  return { ok: true, command };
}
