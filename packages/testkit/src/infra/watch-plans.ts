/** What a query costs that grows with the tables: which it reads as a whole, and how many rows it looks at. */
import type { Kysely } from '@wam/service-kit/postgres';

export interface QueryCost {
  sql: string;
  /** Tables read from their first row to their last. */
  readWhole: string[];
  /** Rows of tables and indexes that were looked at, those left out included. */
  rowsRead: number;
}

/** A database that remembers its queries; `costs` carries them out once more, one after the other, and forgets them. */
export function watchPlans<DB>(db: Kysely<DB>): { db: Kysely<DB>; costs(): Promise<QueryCost[]> } {
  let queries: ReturnType<typeof compile>[] = [];
  const compile = (...node: Parameters<ReturnType<typeof db.getExecutor>['compileQuery']>) =>
    db.getExecutor().compileQuery(...node);
  const watched = db.withPlugin({
    transformQuery({ node, queryId }) {
      queries.push(compile(node, queryId));
      return node;
    },
    transformResult: ({ result }) => Promise.resolve(result),
  });
  return {
    db: watched,
    async costs() {
      const costs: QueryCost[] = [];
      const before = queries;
      queries = [];
      for (const query of before) {
        const { rows } = await db.executeQuery<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>({
          ...query,
          sql: `explain (analyze, format json) ${query.sql}`,
        });
        const nodes = allOf(rows[0]!['QUERY PLAN'][0].Plan);
        costs.push({
          sql: query.sql,
          readWhole: nodes
            .filter((node) => node['Node Type'].endsWith('Seq Scan'))
            .map((node) => node['Relation Name'] ?? ''),
          rowsRead: nodes
            .filter((node) => /(Seq|Index|Index Only|Heap) Scan$/.test(node['Node Type']))
            .reduce(sumRows, 0),
        });
      }
      return costs;
    },
  };
}

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}
const allOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(allOf)];
const sumRows = (sum: number, node: PlanNode): number =>
  sum + (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'];
