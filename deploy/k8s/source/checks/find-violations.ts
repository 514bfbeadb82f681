/** The rules of this platform for what runs in a cluster, beyond what its API checks. */
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodTemplateSpec } from 'kubernetes-models/v1/PodTemplateSpec';
import type { ParsedObject } from './find-faults.ts';

interface Workload extends ParsedObject {
  spec: { template: IPodTemplateSpec; replicas?: number };
}
const workloads = ['Deployment', 'StatefulSet', 'Job'];
const isWorkload = (object: ParsedObject): object is Workload => workloads.includes(object.kind);

/** Rules that need all objects of an installation at once, then those of each pod. One line per violation. */
export function findViolations(objects: readonly ParsedObject[]): string[] {
  const pods = objects.filter(isWorkload);
  return [
    ...violationsOfWhole(objects, pods),
    ...pods.flatMap((workload) =>
      podViolations(workload).map((text) => `${workload.kind}/${workload.metadata.name}: ${text}`),
    ),
  ];
}

function violationsOfWhole(objects: readonly ParsedObject[], pods: readonly Workload[]): string[] {
  const violations: string[] = [];
  if (!objects.some(isDefaultDeny)) violations.push('no network policy denies everything to every pod');
  const of = (kind: string) =>
    objects.filter((object) => object.kind === kind) as (ParsedObject & { spec: Record<string, unknown> })[];
  const accounts = of('ServiceAccount').map(({ metadata }) => metadata.name);
  for (const account of of('ServiceAccount') as unknown as (ParsedObject & {
    automountServiceAccountToken?: boolean;
  })[])
    if (account.automountServiceAccountToken !== false)
      violations.push(`ServiceAccount/${account.metadata.name}: pods get a token by default`);
  const scaled = [...of('HorizontalPodAutoscaler'), ...of('ScaledObject')].map(
    ({ spec }) => (spec.scaleTargetRef as { name: string }).name,
  );
  const budgets = of('PodDisruptionBudget').map(({ spec }) => labelsOf(spec.selector));
  for (const { kind, metadata, spec } of pods) {
    const name = `${kind}/${metadata.name}`;
    if (!accounts.includes(spec.template.spec?.serviceAccountName ?? ''))
      violations.push(`${name}: no service account of its own`);
    if (scaled.includes(metadata.name) && spec.replicas !== undefined)
      violations.push(`${name}: names a number of replicas that a scaler owns`);
    const labels = Object.entries(spec.template.metadata?.labels ?? {});
    const isCovered = budgets.some((budget) =>
      Object.entries(budget).every(([key, value]) => labels.some(([k, v]) => k === key && v === value)),
    );
    const isMany = scaled.includes(metadata.name) || (spec.replicas ?? 1) > 1;
    if (kind !== 'Job' && isMany && !isCovered) violations.push(`${name}: no disruption budget`);
  }
  return violations;
}

const labelsOf = (selector: unknown): Record<string, string> =>
  (selector as { matchLabels?: Record<string, string> } | undefined)?.matchLabels ?? {};

function isDefaultDeny(object: ParsedObject): boolean {
  if (object.kind !== 'NetworkPolicy') return false;
  const { spec } = object as ParsedObject & {
    spec: { podSelector: object; policyTypes?: string[]; ingress?: unknown[]; egress?: unknown[] };
  };
  const isForAll = Object.keys(spec.podSelector).length === 0;
  const isBoth = ['Ingress', 'Egress'].every((type) => spec.policyTypes?.includes(type));
  return isForAll && isBoth && (spec.ingress ?? []).length === 0 && (spec.egress ?? []).length === 0;
}

function podViolations({ kind, spec: { template } }: Workload): string[] {
  const pod = template.spec;
  if (pod === undefined) return ['no pod'];
  const violations: string[] = [];
  const rule = (holds: boolean, text: string) => {
    if (!holds) violations.push(text);
  };
  rule(pod.automountServiceAccountToken === false, 'has a token for the API of the cluster');
  rule(pod.securityContext?.runAsNonRoot === true && pod.securityContext.runAsUser !== 0, 'may run as root');
  rule(pod.securityContext?.seccompProfile?.type === 'RuntimeDefault', 'no seccomp profile');
  rule(!(pod.hostNetwork || pod.hostPID || pod.hostIPC), 'shares something with its node');
  rule(!pod.volumes?.some(({ hostPath }) => hostPath !== undefined), 'mounts a folder of its node');
  for (const container of [...pod.containers, ...(pod.initContainers ?? [])]) {
    violations.push(...containerViolations(container, kind).map((text) => `${container.name} ${text}`));
  }
  const seconds = (name: string) => {
    const value = pod.containers[0]?.env?.find((variable) => variable.name === name)?.value;
    return value === undefined ? undefined : Number.parseInt(value, 10);
  };
  const drain = seconds('DRAIN_DELAY');
  const grace = pod.terminationGracePeriodSeconds ?? 30;
  if (drain !== undefined)
    rule(grace > drain + (seconds('SHUTDOWN_GRACE') ?? 20), 'is killed before its drain can end');
  return violations;
}

function containerViolations(container: IContainer, kind: string): string[] {
  const violations: string[] = [];
  const rule = (holds: boolean, text: string) => {
    if (!holds) violations.push(text);
  };
  const { image = '', securityContext: security, resources } = container;
  rule(/(:v?\d+\.\d+[^:/]*|@sha256:[0-9a-f]{64})$/.test(image), `runs ${image}, which is no version`);
  rule(security?.allowPrivilegeEscalation === false, 'may gain privileges');
  rule(security?.privileged !== true, 'is privileged');
  rule(security?.readOnlyRootFilesystem === true, 'can write to its image');
  rule(
    security?.capabilities?.drop?.includes('ALL') === true && !security.capabilities.add?.length,
    'has capabilities',
  );
  rule(
    resources?.requests?.cpu !== undefined && resources.requests.memory !== undefined,
    'requests no CPU or no memory',
  );
  rule(resources?.limits?.memory !== undefined, 'has no limit of memory');
  if (kind !== 'Job') {
    const { startupProbe, readinessProbe, livenessProbe } = container;
    rule(
      [startupProbe, readinessProbe, livenessProbe].every((probe) => probe !== undefined),
      'lacks a probe',
    );
  }
  for (const { name, value } of container.env ?? [])
    rule(
      !(value !== undefined && /PASSWORD$|_KEY$|KEK$|SECRET$|SEED$|^DATABASE_URL$/.test(name)),
      `has ${name} in its environment, not in a file`,
    );
  return violations;
}
