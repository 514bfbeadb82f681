/**
 * Metrics of this process, as Prometheus reads them. Defined once per name at module level, beside the service they are of; labels are few and
 * their values bounded: never a tenant, a session or a message.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, register } from 'prom-client';

type Labels<L extends string> = Readonly<Record<L, string>>;

interface Description<L extends string> {
  /** `wam_<what>_<unit>`; counters end in `_total`. */
  name: string;
  help: string;
  labels?: readonly L[];
}

export interface CounterMetric<L extends string> {
  add(labels: Labels<L>, count?: number): void;
}
export interface HistogramMetric<L extends string> {
  observe(labels: Labels<L>, seconds: number): void;
}
export interface GaugeMetric<L extends string> {
  /** Asked at every scrape; several sources of one process stand side by side. The returned function withdraws it. */
  observeFrom(source: () => Iterable<readonly [Labels<L>, number]>): () => void;
}

export function defineCounter<L extends string = never>({ name, help, labels = [] }: Description<L>): CounterMetric<L> {
  const counter = new Counter({ name, help, labelNames: labels });
  return { add: (values, count = 1) => counter.inc(values, count) };
}

/** Of seconds. Default buckets: 5 ms to 60 s. */
export function defineHistogram<L extends string = never>({
  name,
  help,
  labels = [],
  buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
}: Description<L> & { buckets?: number[] }): HistogramMetric<L> {
  const histogram = new Histogram({ name, help, labelNames: labels, buckets });
  return { observe: (values, seconds) => histogram.observe(values, seconds) };
}

export function defineGauge<L extends string = never>({ name, help, labels = [] }: Description<L>): GaugeMetric<L> {
  const sources = new Set<() => Iterable<readonly [Labels<L>, number]>>();
  new Gauge({
    name,
    help,
    labelNames: labels,
    collect() {
      this.reset();
      for (const source of sources) for (const [values, value] of source()) this.inc(values, value);
    },
  });
  return {
    observeFrom(source) {
      sources.add(source);
      return () => {
        sources.delete(source);
      };
    },
  };
}

let isObservingProcess = false;
/** Memory, CPU, event-loop lag and garbage collection of the process, beside what was defined. */
function observeProcess(): void {
  if (isObservingProcess) return;
  isObservingProcess = true;
  collectDefaultMetrics();
}

/** Everything in the text format of Prometheus. */
export async function printMetrics(): Promise<{ contentType: string; text: string }> {
  observeProcess();
  return { contentType: register.contentType, text: await register.metrics() };
}

export interface MetricDescription {
  name: string;
  help: string;
  type: string;
  labels: readonly string[];
}
/** Every metric that the loaded modules define, and those of the process. */
export async function describeMetrics(): Promise<MetricDescription[]> {
  observeProcess();
  const metrics = await register.getMetricsAsJSON();
  return metrics.map(({ name, help, type }) => {
    const { labelNames = [] } = register.getSingleMetric(name) as unknown as { labelNames?: string[] };
    return { name, help, type: String(type), labels: labelNames };
  });
}
