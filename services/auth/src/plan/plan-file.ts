/** The plans an operator offers instead of the built-in ones. */
import { allFeatures, type Plan } from '@wam/contracts';
import type { ConfigFault } from '@wam/service-kit';
import Type from 'typebox';
import { Value } from 'typebox/value';

const limit = (description: string) => Type.Integer({ minimum: 0, maximum: 2_000_000_000, description });

/** By plan id. */
export const PlanFile = Type.Record(
  Type.String({ pattern: '^[a-z][a-z0-9-]{0,39}$' }),
  Type.Object(
    {
      name: Type.String({ minLength: 1, maxLength: 40, description: 'For people' }),
      pricePerMonth: Type.Integer({ minimum: 0, description: 'INR' }),
      sessions: limit('Sessions that may exist at once'),
      messagesPerDay: limit('Messages a day, in the time zone of the account'),
      webhooks: Type.Optional(limit('Webhooks that may exist at once, where `features` has them')),
      features: Type.Array(Type.Enum([...allFeatures]), { uniqueItems: true }),
    },
    { additionalProperties: false },
  ),
  { additionalProperties: false, minProperties: 1 },
);
const expected = 'plans by id, each with name, pricePerMonth, sessions, messagesPerDay and features';

/** @returns the plans, or everything that is wrong with them */
export function parsePlanFile(variable: string, text: string): Record<string, Plan> | readonly ConfigFault[] {
  let plans: unknown;
  try {
    plans = JSON.parse(text);
  } catch (error) {
    return [{ variable, problem: `is not JSON (${error instanceof Error ? error.message : error})`, expected }];
  }
  if (Value.Check(PlanFile, plans)) return plans as Record<string, Plan>;
  return [...Value.Errors(PlanFile, plans)].map(({ instancePath, message }) => ({
    variable,
    problem: `${instancePath === '' ? 'the whole' : instancePath.slice(1).replaceAll('/', '.')} ${message}`,
    expected,
  }));
}
