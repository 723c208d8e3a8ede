import { quantile } from '../bench/statistics.ts';

export interface Point {
  x: number;
  y: number;
}

/** What y gains per unit of x, by the line of least squares; NaN where x does not vary. */
export function slope(points: Point[]): number {
  const meanX = mean(points.map(({ x }) => x));
  const meanY = mean(points.map(({ y }) => y));
  const covariance = sum(points.map(({ x, y }) => (x - meanX) * (y - meanY)));
  const variance = sum(points.map(({ x }) => (x - meanX) ** 2));
  return variance === 0 ? NaN : covariance / variance;
}

/** The middle value, or the lower one of two; null values are left out. */
export function median(values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).toSorted((a, b) => a - b);
  return known.length === 0 ? null : quantile(known, 0.5);
}

function mean(values: number[]): number {
  return sum(values) / values.length;
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
