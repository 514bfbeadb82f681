import { EventTypePattern, FeedSubscription, type RejectionBody, Uuid } from '@wam/contracts';
import { Compile } from 'typebox/compile';

const isSubscription = Compile(FeedSubscription);
const isUuid = Compile(Uuid);
const isType = Compile(EventTypePattern);

/** `after`, `session` and `type` of a query string. */
export interface WantedQuery {
  after?: string;
  session?: string;
  type?: string;
}

/** Lists have commas between. Pure. */
export function wantedOfQuery({ after, session, type }: WantedQuery): FeedSubscription | RejectionBody {
  const sessions = listOf(session);
  const types = listOf(type);
  const strange = sessions?.find((each) => !isUuid.Check(each));
  if (strange !== undefined) return refused('session', `${strange} is not a session id`);
  const unknown = types?.find((each) => !isType.Check(each));
  if (unknown !== undefined) return refused('type', `${unknown} is not a type of event`);
  return checked({
    ...(after === undefined ? {} : { after }),
    ...(sessions === undefined ? {} : { sessions }),
    ...(types === undefined ? {} : { types: types as NonNullable<FeedSubscription['types']> }),
  });
}

/** Of whatever a client sent. */
export function checked(wanted: unknown): FeedSubscription | RejectionBody {
  if (isSubscription.Check(wanted)) return wanted;
  const [error] = isSubscription.Errors(wanted);
  const at = error?.instancePath.slice(1).replaceAll('/', '.') ?? '';
  return refused(at, `${at === '' ? 'the subscription' : at} ${error?.message ?? 'is not valid'}`);
}

const listOf = (text: string | undefined): string[] | undefined =>
  text === undefined || text === '' ? undefined : text.split(',').map((each) => each.trim());

const refused = (param: string, message: string): RejectionBody => ({
  code: 'VALIDATION_FAILED',
  message: message.slice(0, 200),
  ...(param === '' ? {} : { param }),
});
