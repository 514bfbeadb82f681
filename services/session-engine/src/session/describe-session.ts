import { type Rejection, reject, type SessionCommand } from '@wam/contracts';
import { isLive, type SessionFact, type SessionState } from './session-state.ts';

type DescribeSession = Extract<SessionCommand, { type: 'DescribeSession' }>;

/** What is not given stays; the event has the whole of it, so that whoever reads it needs no other. */
export function describeSession({ data }: DescribeSession, state: SessionState): SessionFact[] | Rejection {
  if (!isLive(state)) return reject('SESSION_NOT_FOUND');
  const { sessionId, name = state.name, description = state.description, metadata = state.metadata } = data;
  const isNew = name !== state.name || description !== state.description || !isSameMetadata(metadata, state.metadata);
  return isNew ? [{ type: 'SessionDescribed', data: { sessionId, name, description, metadata } }] : [];
}

const isSameMetadata = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean =>
  Object.keys(a).length === Object.keys(b).length &&
  Object.entries(a).every(([key, value]) => Object.hasOwn(b, key) && b[key] === value);
