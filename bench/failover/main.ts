/**
 * Failover under traffic: three engines, 60 sandbox sessions, each engine fault ten times in random order, bus and database restarted.
 * Prints how long sessions were without an owner; ends with 1 when anything was lost, told twice or written by a former owner.
 * FAILOVER_ROUNDS, FAILOVER_SESSIONS, FAILOVER_FAULTS (separated by commas), FAILOVER_SEED and
 * FAILOVER_REPLACE=at-once (instead of when the sessions have new owners) change the run.
 */
import { type Fault, runFailover, type Takeover } from '../../e2e/failover/run-failover.ts';
import { watchOutside } from '../process-cpu.ts';
import { median, quantile, round } from '../statistics.ts';

const rounds = Number(process.env.FAILOVER_ROUNDS ?? 10);
const sessions = Number(process.env.FAILOVER_SESSIONS ?? 60);
const seed = Number(process.env.FAILOVER_SEED ?? Math.floor(Math.random() * 2 ** 31));
const times = (fault: Fault, count: number): Fault[] => Array.from({ length: count }, () => fault);
const kinds = (process.env.FAILOVER_FAULTS ?? 'SIGKILL,SIGSTOP,SIGTERM,NATS restart,Postgres restart').split(
  ',',
) as Fault[];

console.log(
  `FAILOVER_SEED=${seed}: 3 engines, ${sessions} sessions, each sending once a second, ${rounds} of each fault`,
);
/** A fault during which anything else on the machine took more is repeated, and left out of the times. */
const mostOutsideCores = 0.2;
const report = await runFailover({
  seed,
  engines: 3,
  sessions,
  sendEveryMs: 1_000,
  // One restart of each server does.
  faults: kinds.flatMap((fault) => times(fault, fault.endsWith('restart') ? 1 : rounds)),
  replaceAtOnce: process.env.FAILOVER_REPLACE === 'at-once',
  frozenMs: 10_000,
  outside: { watch: watchOutside, most: mostOutsideCores },
  report: (line) => console.log(line),
});

const quiet = report.takeovers.filter(({ outsideCores }) => outsideCores <= mostOutsideCores);
const row = (fault: Fault, measure: (takeover: Takeover) => number, takeovers = quiet) => {
  const values = takeovers.filter((takeover) => takeover.fault === fault).map(measure);
  return {
    sessions: values.length,
    'median s': round(median(values) / 1_000, 2),
    'p95 s': round(quantile(values, 0.95) / 1_000, 2),
    'max s': round(quantile(values, 1) / 1_000, 2),
  };
};
const engineFaults = (['SIGKILL', 'SIGSTOP', 'SIGTERM'] as const).filter((fault) => kinds.includes(fault));
console.log('\nFrom the signal to the first message of the new owner');
for (const [which, takeovers] of [
  ['undisturbed', quiet],
  ['all', report.takeovers],
] as const) {
  console.log(which);
  console.table(
    Object.fromEntries(engineFaults.map((fault) => [fault, row(fault, (each) => each.sinceSignalMs, takeovers)])),
  );
}
console.log('From the end of the old connection to the first message of the new owner');
console.table(Object.fromEntries(engineFaults.map((fault) => [fault, row(fault, (each) => each.withoutOwnerMs)])));
for (const fault of engineFaults) {
  console.log(`Where the time goes after ${fault}, from the signal`);
  console.table({
    'old connection ended': row(fault, ({ steps }) => steps.closedMs),
    // Nobody releases what a killed or frozen engine has.
    ...(fault === 'SIGTERM' ? { released: row(fault, ({ steps }) => steps.releasedMs ?? Number.NaN) } : {}),
    claimed: row(fault, ({ steps }) => steps.claimedMs),
    'logged in': row(fault, ({ steps }) => steps.loginMs),
    'first message': row(fault, ({ sinceSignalMs }) => sinceSignalMs),
  });
}

console.log('Account', JSON.stringify({ ...report, takeovers: report.takeovers.length }, null, 2));
const faultless =
  [report.lost, report.failed, report.foreign, report.inconsistent, report.staleWrites].every(
    ({ length }) => length === 0,
  ) &&
  report.twoLiveSockets.length === 0 &&
  report.sessionsLost.length === 0;
console.log(faultless ? 'Nothing was lost, told twice or written by a former owner.' : 'FAILED');
process.exit(faultless ? 0 : 1);
