/** What `wam doctor` says of clocks and connections of Postgres. Pure. */
import { type Finding, ok, warning } from './finding.ts';

const skewWarningMs = 2_000;
/** Each process keeps some open; a roll starts new ones before it stops the old. */
const mostTaken = 0.9;

/** @param apartMs the database's clock minus the one of this machine */
export function judgeClocks(apartMs: number): Finding {
  const ms = Math.round(Math.abs(apartMs));
  return ms > skewWarningMs
    ? warning(
        'clocks',
        `this machine and the database are ${ms} ms apart`,
        'run a time service (chrony, systemd-timesyncd) on both',
      )
    : ok('clocks', `this machine and the database agree within ${skewWarningMs} ms`);
}

export interface Connections {
  taken: number;
  most: number;
}

/** @param ofDatabase undefined when it has no limit of its own */
export function judgeConnections(ofServer: Connections, ofDatabase: Connections | undefined): Finding {
  const shareOf = ({ taken, most }: Connections): number => taken / most;
  const isTighter = ofDatabase !== undefined && shareOf(ofDatabase) > shareOf(ofServer);
  const { taken, most } = isTighter ? ofDatabase : ofServer;
  const says = `${taken} of ${most} connections of the ${isTighter ? 'database' : 'server'} are taken`;
  if (taken < most * mostTaken) return ok('database connections', says);
  const raise = isTighter
    ? 'raise the limit of the database (alter database ... connection limit)'
    : 'raise max_connections';
  return warning(
    'database connections',
    says,
    `${raise}, or put a pooler in front (docs/runbooks/DatabaseConnectionsShort.md)`,
  );
}
