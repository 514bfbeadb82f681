/** What is chosen for each overlay; the chart takes the same choices as `examples/<overlay>.yaml`. */
import { defaults, type Values } from './values.ts';

/** Parts that are there or not: each a component of Kustomize. */
export const componentNames = ['ingress', 'keda', 'monitoring', 'nats', 'postgres', 'sandbox', 'valkey'] as const;
export type ComponentName = (typeof componentNames)[number];

export const withComponents = (values: Values, names: readonly ComponentName[]): Values => ({
  ...values,
  ...Object.fromEntries(names.map((name) => [name, { ...values[name], enabled: true }])),
});

export interface Overlay {
  /** What it is built on: the base, or another overlay. */
  on?: string;
  components: readonly ComponentName[];
  /** Beyond what the components do. */
  choices: Choices;
}
type Choices = {
  [Key in keyof Values]?: Values[Key] extends readonly unknown[]
    ? Values[Key]
    : Values[Key] extends object
      ? Partial<Values[Key]>
      : Values[Key];
};

const host = 'wamessenger.example.com';
const behindIngress = { publicUrl: `https://${host}`, trustProxy: '1' };

export const overlays: Record<string, Overlay> = {
  // One company for itself: what a trial plan withholds is not asked for, as many processes as survive the loss of one.
  'single-tenant': {
    components: ['ingress', 'nats', 'postgres'],
    choices: { ...behindIngress, defaultPlan: 'enterprise', gateway: { autoscaling: false } },
  },
  'multi-tenant': {
    components: componentNames,
    choices: { ...behindIngress, gateway: { replicas: 3 }, sessionEngine: { replicas: 3 } },
  },
  'dedicated-tenant': {
    on: 'multi-tenant',
    components: [],
    choices: { dedicatedPools: [{ name: 'acme', replicas: 2 }] },
  },
};

const chosen = (values: Values, choices: Choices): Values =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => {
      const choice = choices[key as keyof Values];
      if (choice === undefined) return [key, value];
      return [key, typeof choice === 'object' && !Array.isArray(choice) ? { ...(value as object), ...choice } : choice];
    }),
  ) as Values;

export function valuesOf(name: string): Values {
  const overlay = overlays[name];
  if (overlay === undefined) throw new Error(`there is no overlay ${name}`);
  const before = overlay.on === undefined ? defaults : valuesOf(overlay.on);
  return chosen(withComponents(before, overlay.components), overlay.choices);
}

/** The part of the values that differs from the defaults. */
export function choicesOf(name: string): Record<string, unknown> {
  return differing(valuesOf(name), defaults) as Record<string, unknown>;
}
function differing(value: unknown, fallback: unknown): unknown {
  if (JSON.stringify(value) === JSON.stringify(fallback)) return undefined;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, element]) => [key, differing(element, (fallback as Record<string, unknown> | undefined)?.[key])])
      .filter(([, element]) => element !== undefined),
  );
}
