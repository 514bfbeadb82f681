/** One round of the engine benchmark: messages over several sessions. */
export interface Round {
  name: string;
  /** The first so many of the connected sessions take turns. */
  sessions: number;
  count: number;
  /** Recipients of each session; `undefined`: a new one for each message. */
  knownRecipients: number | undefined;
  /** First number that no earlier round wrote to. */
  freshFrom: number;
}

export const textOf = (round: Round, index: number): string => `${round.name} ${index}`;
export const sessionOf = (round: Round, index: number): number => index % round.sessions;

const knownFrom = 919_810_000_000;

export function recipientOf(round: Round, index: number): string {
  if (round.knownRecipients === undefined) return String(round.freshFrom + index);
  const turn = Math.floor(index / round.sessions);
  return String(knownFrom + sessionOf(round, index) * 1_000 + (turn % round.knownRecipients));
}
