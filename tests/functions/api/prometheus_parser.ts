import parser from 'parse-prometheus-text-format';

interface Family {
  name: string;
  type: string;
  metrics: { value: string; labels: Record<string, string> }[];
}

/** Reads Prometheus' text format; the package comes without types. */
export const parsePrometheus: (text: string) => Family[] = parser;
