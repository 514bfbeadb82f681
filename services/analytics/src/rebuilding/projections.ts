/** What can be rebuilt by itself: tables that one fold writes together. */
import { sql } from '@wam/service-kit/postgres';

export const projectionNames = ['messages', 'sessions', 'campaigns'] as const;
export type ProjectionName = (typeof projectionNames)[number];

/** Per table the rows that mean something: counters may go down to zero, and a row of zeros is no row. */
export const tablesOf = {
  messages: {
    message_view: sql`true`,
    message_counter: sql`(sent, delivered, read, failed, received) <> (0, 0, 0, 0, 0)`,
    message_rollup: sql`(sent, delivered, read, failed, received) <> (0, 0, 0, 0, 0)`,
    session_counter: sql`(sent, received) <> (0, 0)`,
    message_latency: sql`histograms <> '{}'`,
    campaign_counter: sql`(sent, delivered, read, failed) <> (0, 0, 0, 0)`,
  },
  sessions: { session_view: sql`true`, session_connection: sql`true` },
  campaigns: { campaign_view: sql`true` },
} as const;
