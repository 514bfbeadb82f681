/** Which events are meant, as they are written on the command line. Pure. */
import { eventTypePatterns, publicEventTypes, webhookTestType } from '@wam/contracts';
import { UserError } from '../user-error.ts';

/** @param text types separated by commas, `message.*` for all of a kind @throws UserError naming what there is */
export function eventFilterOf(text: string | undefined): string[] {
  const types = (text ?? '').split(',').filter((type) => type !== '');
  const unknown = types.find((type) => !eventTypePatterns.includes(type));
  if (unknown !== undefined)
    throw new UserError(`there is no event ${unknown}; there are ${eventTypePatterns.join(', ')}`);
  return types;
}

export type SampleType = (typeof publicEventTypes)[number] | typeof webhookTestType;

/** @throws UserError naming what there is */
export function sampleTypeOf(text: string): SampleType {
  const known: readonly string[] = [...publicEventTypes, webhookTestType];
  if (!known.includes(text)) throw new UserError(`there is no event ${text}; there are ${known.join(', ')}`);
  return text as SampleType;
}
