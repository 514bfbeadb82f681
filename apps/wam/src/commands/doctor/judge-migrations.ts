/** Whether tables are of this release. Pure. */
import { type Finding, warning } from './finding.ts';

/** @param ran in the database @param known to this release @returns undefined when they are the same */
export function judgeMigrations(schema: string, ran: readonly string[], known: readonly string[]): Finding | undefined {
  const about = `schema ${schema}`;
  const later = ran.filter((name) => !known.includes(name));
  if (later.length > 0)
    return warning(
      about,
      `is of a later release than this command (${later.join(', ')})`,
      'use the command of that release; services of this one run on it until they are replaced',
    );
  const missing = known.filter((name) => !ran.includes(name));
  if (missing.length === 0) return undefined;
  return warning(
    about,
    `is of an earlier release (without ${missing.join(', ')})`,
    'start the service of this release; it changes its tables itself',
  );
}
