/** Which steps a walk takes: a list that its seed decides, and that can be written down, shortened and walked again. Pure. */
import { createSeededRandom } from '@wam/service-kit';

/** How often each comes among the others. */
const weights = {
  create: 3,
  link: 6,
  'link-by-code': 2,
  rename: 1,
  connect: 4,
  disconnect: 2,
  delete: 1,
  unlink: 2,
  send: 14,
  'send-twice': 2,
  batch: 2,
  resend: 2,
  bulk: 1,
  campaign: 2,
  'pause-campaign': 1,
  'resume-campaign': 2,
  'cancel-campaign': 1,
  write: 6,
  cut: 3,
  fault: 5,
  'clear-faults': 3,
  'pause-webhook': 1,
  'resume-webhook': 2,
  'fail-receiver': 1,
  'heal-receiver': 2,
  'kill-engine': 1,
  'stop-engine': 1,
  'kill-other': 1,
  rest: 2,
  'restart-bus': 0.3,
  'restart-database': 0.3,
} as const;
export type StepKind = keyof typeof weights;

export interface Step {
  kind: StepKind;
  /** Of what there is, the one at this place, counted round. */
  which: number;
  /** Which of the ways to do it, counted round. */
  how: number;
  /** Whether the next step begins only when this one has its answer. */
  awaited: boolean;
}

const range = 1_000;
/** Processes that end, in the middle of whatever they were doing. */
const isOfMachines = (kind: StepKind): boolean => /^(kill|stop|restart)-/.test(kind);
/** Whatever follows, there is somebody to do it with. */
const beginning: readonly Step[] = (['create', 'create', 'link', 'link'] as const).map((kind, index) => ({
  kind,
  which: index,
  how: index,
  awaited: kind === 'create' || index === 3,
}));

/** @param options.calm all processes live: what happens then does not hang on the moment in which one dies */
export function planWalk(seed: number, length: number, { calm = false } = {}): Step[] {
  const random = createSeededRandom(seed);
  const pick = (): number => Math.floor(random.next() * range);
  const all = Object.entries(weights) as [StepKind, number][];
  const kinds = calm ? all.filter(([kind]) => !isOfMachines(kind)) : all;
  const total = kinds.reduce((sum, [, weight]) => sum + weight, 0);
  const kindAt = (at: number): StepKind => {
    let rest = at * total;
    for (const [kind, weight] of kinds) {
      if (rest < weight) return kind;
      rest -= weight;
    }
    return 'rest';
  };
  const steps = Array.from(
    { length },
    (): Step => ({ kind: kindAt(random.next()), which: pick(), how: pick(), awaited: random.next() < 0.5 }),
  );
  return [...beginning, ...steps];
}

/** `send:3:17 link:0:2!`, where `!` marks what is awaited. */
export const writeSteps = (steps: readonly Step[]): string =>
  steps.map(({ kind, which, how, awaited }) => `${kind}:${which}:${how}${awaited ? '!' : ''}`).join(' ');

/** @throws Error for what {@link writeSteps} has not written */
export function readSteps(text: string): Step[] {
  return text.split(/\s+/).map((word) => {
    const [, kind, which, how, mark] = /^([a-z-]+):(\d+):(\d+)(!?)$/.exec(word) ?? [];
    if (kind === undefined || !Object.hasOwn(weights, kind)) throw new Error(`no step: ${word}`);
    return { kind: kind as StepKind, which: Number(which), how: Number(how), awaited: mark === '!' };
  });
}
