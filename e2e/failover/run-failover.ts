/** Engines that die, freeze and leave under steady traffic, and the account of every message at the end. */
import { createSeededRandom, type Random } from '@wam/service-kit';
import { sql } from '@wam/service-kit/postgres';
import { until } from '../platform.ts';
import { type EngineProcess, type Installation, isMember, startInstallation } from './installation.ts';
import { countStaleWrites, watchStaleWrites } from './stale-writes.ts';
import { type Session, startTraffic, type Traffic } from './traffic.ts';

export type Fault = 'SIGKILL' | 'SIGSTOP' | 'SIGTERM' | 'NATS restart' | 'Postgres restart';
export interface FailoverScript {
  seed: number;
  engines: number;
  sessions: number;
  /** Each session sends one message in so many milliseconds. */
  sendEveryMs: number;
  /** In random order. */
  faults: Fault[];
  /**
   * Whether a replacement starts when the engine ended, or when its sessions have new owners: a process that starts takes 1.2 s of CPU,
   * which others wait for on a small machine.
   */
  replaceAtOnce: boolean;
  frozenMs: number;
  /** Begins to watch what else the machine does; a fault during which it did more than `most` cores of it is repeated, within bounds. */
  outside?: { watch(): () => number; most: number };
  report?(line: string): void;
}
/** Of one session that changed hands, milliseconds. */
export interface Takeover {
  fault: Fault;
  /** Cores that others were busy with meanwhile. */
  outsideCores: number;
  /** From the signal to the first message that arrived from the new owner. */
  sinceSignalMs: number;
  /** From the end of the old connection to that message. */
  withoutOwnerMs: number;
  /** From the signal; where the time goes. A partition is not released by an owner that was killed. */
  steps: { closedMs: number; releasedMs?: number; claimedMs: number; loginMs: number };
}
export interface FailoverReport {
  accepted: number;
  /** Accepted and without a stanza, or without `MessageSent`. */
  lost: string[];
  /** Accepted and told to have failed. */
  failed: string[];
  /** Stanzas under an id that no accepted message has. */
  foreign: string[];
  /** Stanzas beyond the first under one id. */
  duplicates: number;
  /** Messages told to be sent in two events, or with more than one id on the wire. */
  inconsistent: string[];
  staleWrites: unknown[];
  checkedWrites: number;
  /** Logins that replaced a connection whose owner was not frozen: two live sockets for one account. */
  twoLiveSockets: string[];
  /** Logins that replaced the connection of a frozen owner. */
  replacedFrozen: number;
  /** Connections that ended because the bus or the database restarted. */
  endedByRestarts: number;
  sessionsLost: string[];
  takeovers: Takeover[];
}

const settledTimeoutMs = 60_000;

export async function runFailover(script: FailoverScript): Promise<FailoverReport> {
  const { report = () => undefined } = script;
  const random = createSeededRandom(script.seed);
  await using installation = await startInstallation();
  const first = await installation.startEngine();
  await watchStaleWrites(installation.db);
  const fleet: EngineProcess[] = [first];
  const others = Array.from({ length: script.engines - 1 }, () => installation.startEngine());
  fleet.push(...(await Promise.all(others)));
  await untilShared(installation, fleet);
  const traffic = await startTraffic(installation);
  await traffic.link(script.sessions);
  report(`${script.sessions} sessions are linked`);
  traffic.start(script.sendEveryMs);

  const run = { ...script, installation, fleet, traffic, random, report, takeovers: [] as Takeover[] };
  const frozen: { phones: Set<string>; fromMs: number; toMs: number }[] = [];
  let endedByRestarts = 0;
  const faults = shuffled(script.faults, random);
  // The times of a disturbed one say little; its account counts all the same.
  const mostFaults = 2 * faults.length;
  for (let done = 0; done < faults.length; done++) {
    const fault = faults[done]!;
    await untilShared(installation, fleet);
    await untilOnline(installation, traffic);
    if (fault === 'NATS restart' || fault === 'Postgres restart') endedByRestarts += await restart(run, fault);
    else {
      const startedAtMs = Date.now();
      const { phones, outsideCores } = await endOne(run, fault);
      if (script.outside && outsideCores > script.outside.most && faults.length < mostFaults) faults.push(fault);
      if (fault === 'SIGSTOP') frozen.push({ phones, fromMs: startedAtMs, toMs: Date.now() });
    }
  }
  await untilShared(installation, fleet);
  await untilOnline(installation, traffic);
  await traffic.stop();
  await until(
    'every message has an end',
    async () => {
      const { rows } = await sql<{ count: number }>`select count(*) from outbound where state = 'waiting'`.execute(
        installation.db,
      );
      const { rows: known } = await sql<{ count: number }>`select count(*) from outbound`.execute(installation.db);
      return rows[0]!.count === 0 && known[0]!.count >= traffic.accepted.size;
    },
    settledTimeoutMs,
  );
  return { ...(await account(run, frozen)), endedByRestarts, takeovers: run.takeovers };
}

interface Run extends FailoverScript {
  installation: Installation;
  fleet: EngineProcess[];
  traffic: Traffic;
  random: Random;
  report(line: string): void;
  takeovers: Takeover[];
}

async function endOne(run: Run, fault: 'SIGKILL' | 'SIGSTOP' | 'SIGTERM') {
  const { installation, fleet, traffic, random } = run;
  const victim = fleet[Math.floor(random.next() * fleet.length)]!;
  const owned = new Set(
    (await installation.owners()).filter(({ member }) => isMember(member, victim)).map(({ partition }) => partition),
  );
  const affected = traffic.sessions.filter(({ partition }) => owned.has(partition));
  const outside = run.outside?.watch();
  const signalledAtMs = Date.now();
  victim.signal(fault);
  let outsideCores = 0;
  const taken = Promise.all(affected.map((session) => takeoverOf(run, fault, session, signalledAtMs))).then((each) => {
    outsideCores = outside?.() ?? 0;
    return each.map((takeover) => ({ ...takeover, outsideCores }));
  });
  if (fault === 'SIGSTOP') {
    await new Promise((resolve) => setTimeout(resolve, run.frozenMs));
    victim.signal('SIGCONT');
  } else {
    await victim.ended;
    if (!run.replaceAtOnce) await taken;
    fleet.splice(fleet.indexOf(victim), 1, await installation.startEngine());
  }
  const takeovers = await taken;
  run.takeovers.push(...takeovers);
  const worst = Math.max(0, ...takeovers.map(({ sinceSignalMs }) => sinceSignalMs));
  run.report(
    `${fault}: ${affected.length} sessions changed hands, the last after ${Math.round(worst)} ms, others took ${outsideCores.toFixed(2)} cores`,
  );
  return { phones: new Set(affected.map(({ phone }) => phone)), outsideCores };
}

async function takeoverOf(
  run: Run,
  fault: Fault,
  { phone, partition }: Session,
  sinceMs: number,
): Promise<Omit<Takeover, 'outsideCores'>> {
  const { sandbox, ownerLog } = run.installation;
  return until(
    `${phone} sends again after ${fault}`,
    async () => {
      const logins = sandbox.logins({ phone, owner: run.traffic.tenant });
      const next = logins.findIndex(({ at }) => at >= sinceMs);
      const login = logins[next];
      if (!login) return undefined;
      const arrivedAtMs = run.traffic.arrivals.get(phone)?.find((at) => at >= login.at);
      if (arrivedAtMs === undefined) return undefined;
      const endedAtMs = logins[next - 1]?.endedAt ?? sinceMs;
      const released = ownerLog.find(partition, sinceMs, false);
      const claimed = ownerLog.find(partition, sinceMs, true);
      const steps = {
        closedMs: endedAtMs - sinceMs,
        ...(released === undefined ? {} : { releasedMs: released.atMs - sinceMs }),
        claimedMs: (claimed?.atMs ?? login.at) - sinceMs,
        loginMs: login.at - sinceMs,
      };
      return { fault, sinceSignalMs: arrivedAtMs - sinceMs, withoutOwnerMs: arrivedAtMs - endedAtMs, steps };
    },
    settledTimeoutMs,
  );
}

/** How many connections ended meanwhile: none should. */
async function restart({ installation, traffic, report }: Run, fault: Fault): Promise<number> {
  const startedAtMs = Date.now();
  await (fault === 'NATS restart' ? installation.restartNats() : installation.restartPostgres());
  const restartedAtMs = Date.now();
  for (const { phone } of traffic.sessions)
    await until(
      `${phone} sends after ${fault}`,
      async () => traffic.arrivals.get(phone)?.some((at) => at >= restartedAtMs),
      settledTimeoutMs,
    );
  const ended = installation.sandbox
    .logins({ owner: traffic.tenant })
    .filter(({ endedAt }) => endedAt !== undefined && endedAt >= startedAtMs);
  report(`${fault}: ${ended.length} connections ended, all send again after ${Date.now() - restartedAtMs} ms`);
  return ended.length;
}

async function untilShared(installation: Installation, fleet: readonly EngineProcess[]): Promise<void> {
  await until(
    'every engine has its share',
    async () => {
      const owners = await installation.owners();
      const shares = fleet.map((engine) => owners.filter(({ member }) => isMember(member, engine)).length);
      const cap = Math.ceil(owners.length / fleet.length);
      return shares.reduce((sum, share) => sum + share, 0) === owners.length && shares.every((share) => share <= cap);
    },
    settledTimeoutMs,
  );
}

async function untilOnline({ sandbox }: Installation, { tenant, sessions }: Traffic): Promise<void> {
  await until(
    'all sessions online',
    async () => {
      const phones = sandbox.linkedPhones(tenant).filter(({ devices }) => devices.some((device) => device.online));
      return phones.length === sessions.length;
    },
    settledTimeoutMs,
  );
}

async function account(
  { installation, traffic }: Run,
  frozen: readonly { phones: Set<string>; fromMs: number; toMs: number }[],
): Promise<Omit<FailoverReport, 'endedByRestarts' | 'takeovers'>> {
  const { sandbox, db } = installation;
  const ledger = new Map(sandbox.ledger(traffic.tenant).map((entry) => [entry.id, entry]));
  const onWire = new Map<string, Set<string>>();
  const sentTimes = new Map<string, number>();
  const failed = new Set<string>();
  for (const { type, data } of await traffic.events()) {
    const { messageId, waMessageId } = data as { messageId: string; waMessageId: string };
    if (!traffic.accepted.has(messageId)) continue;
    onWire.set(messageId, (onWire.get(messageId) ?? new Set()).add(waMessageId));
    if (type === 'MessageSent') sentTimes.set(messageId, (sentTimes.get(messageId) ?? 0) + 1);
    if (type === 'MessageFailed') failed.add(messageId);
  }
  const ids = [...traffic.accepted.keys()];
  const lost = ids.filter((id) => {
    const waIds = [...(onWire.get(id) ?? [])];
    return !sentTimes.has(id) || !waIds.some((waId) => ledger.has(waId));
  });
  const known = new Set([...onWire.values()].flatMap((waIds) => [...waIds]));
  const { rows } = await sql<{ wa_message_id: string }>`select wa_message_id from outbound`.execute(db);
  // Published without an acknowledgement that this run saw, and stored all the same.
  for (const { wa_message_id } of rows) known.add(wa_message_id);
  const replaced = sandbox.logins({ owner: traffic.tenant }).filter(({ replaced: each }) => each);
  const isFrozen = ({ phone, endedAt = 0 }: { phone: string; endedAt?: number }): boolean =>
    frozen.some(({ phones, fromMs, toMs }) => phones.has(phone) && endedAt >= fromMs && endedAt <= toMs);
  const { checked, stale } = await countStaleWrites(db);
  const sessionEvents = await traffic.sessionEvents();
  return {
    accepted: ids.length,
    lost,
    failed: [...failed],
    foreign: [...ledger.keys()].filter((id) => !known.has(id)),
    duplicates: [...ledger.values()].reduce((sum, { count }) => sum + count - 1, 0),
    inconsistent: ids.filter((id) => (sentTimes.get(id) ?? 0) > 1 || (onWire.get(id)?.size ?? 0) > 1),
    staleWrites: stale,
    checkedWrites: checked,
    twoLiveSockets: replaced.filter((login) => !isFrozen(login)).map(({ phone, at }) => `${phone} at ${at}`),
    replacedFrozen: replaced.filter(isFrozen).length,
    sessionsLost: sessionEvents.filter(({ type }) => type === 'SessionDisconnected').map(({ type }) => type),
  };
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const rest = [...items];
  return items.map(() => rest.splice(Math.floor(random.next() * rest.length), 1)[0]!);
}
