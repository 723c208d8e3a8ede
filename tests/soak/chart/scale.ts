/** Round numbers from 0 up to the first at or above `top`, about four steps; `top` 0 gives 0 and 1. */
export function ticksUpTo(top: number): number[] {
  if (!(top > 0)) return [0, 1];
  const rough = top / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power)
    .find((each) => each >= rough * (1 - 1e-9)) ?? 10 * power;
  const count = Math.ceil(top / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, place) => Number((place * step).toPrecision(6)));
}

/** A tick's number as short as it can be told. */
export function tickLabel(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (value >= 10_000) return `${Number((value / 1000).toPrecision(3))}k`;
  return String(value);
}
