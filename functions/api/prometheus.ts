/** A gauge with one value for each set of labels. */
export interface Metric {
  name: string;
  help: string;
  samples: { labels: Record<string, string>; value: number }[];
}

/** Gauges in Prometheus' text format, version 0.0.4. */
export function writeMetrics(metrics: Metric[]): string {
  return metrics.map(writeMetric).join('');
}

function writeMetric({ name, help, samples }: Metric): string {
  const lines = samples.map(({ labels, value }) => `${name}{${writeLabels(labels)}} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...lines, ''].join('\n');
}

function writeLabels(labels: Record<string, string>): string {
  return Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`).join(',');
}

function escape(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
