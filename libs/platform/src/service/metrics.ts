import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  register,
  type CounterConfiguration,
  type GaugeConfiguration,
  type HistogramConfiguration,
} from 'prom-client';

const once = <M>(name: string, make: () => M): M => (register.getSingleMetric(name) as M | undefined) ?? make();

/** The process's metrics: one registry. A metric that is asked for twice is the same one. */
export const metrics = {
  registry: register,
  counter: <L extends string>(settings: CounterConfiguration<L>): Counter<L> =>
    once(settings.name, () => new Counter(settings)),
  gauge: <L extends string>(settings: GaugeConfiguration<L>): Gauge<L> =>
    once(settings.name, () => new Gauge(settings)),
  histogram: <L extends string>(settings: HistogramConfiguration<L>): Histogram<L> =>
    once(settings.name, () => new Histogram(settings)),
  /** Memory, event loop, garbage collection of the process. */
  collectProcess: (): void => {
    if (!register.getSingleMetric('process_cpu_seconds_total')) collectDefaultMetrics();
  },
} as const;
