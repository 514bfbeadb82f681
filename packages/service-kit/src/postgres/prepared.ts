/**
 * Statements that are made so often that parsing and planning them counts: each connection tells the server once, by name. All others are
 * planned anew each time, with the values they are made with.
 */
import { CompiledQuery } from 'kysely';
import type { SqlExecutor } from './database.ts';

const names = new Map<string, string>();

/** The name under which the text is prepared; `undefined` for statements that are not. */
export const nameOfPrepared = (text: string): string | undefined => names.get(text);

/** @param text with `$1`, `$2` … for the parameters; one per place in the code, since each stays known for good */
export function prepareStatement<Row>(
  text: string,
): (db: SqlExecutor, ...parameters: readonly unknown[]) => Promise<readonly Row[]> {
  names.set(text, `wam_${names.size + 1}`);
  return async (db, ...parameters) => {
    const { rows } = await db
      .getExecutor()
      .executeQuery<Row>(CompiledQuery.raw(text, [...parameters]) as CompiledQuery<Row>);
    return rows;
  };
}
