import { tickLabel, ticksUpTo } from './scale.ts';

/** A line of a panel; a null y leaves a gap. */
export interface Line {
  name: string;
  points: { x: number; y: number | null }[];
}

/** A small chart: one measure over time. */
export interface Panel {
  title: string;
  /** Of the values. */
  unit: string;
  lines: Line[];
  /** A dashed line that values should stay below. */
  goal?: number;
}

/** Where a panel's parts are, in px. */
const LEFT = 46;
const TOP = 30;
const RIGHT = 12;
const BOTTOM = 30;

/** Told apart by people who see few colours, too. */
const COLOURS = ['#0b62a4', '#d1600a', '#2a7f3f'];

/** Draws a panel as an SVG group; time runs from 0 to `minutes`. */
export function drawPanel(panel: Panel, width: number, height: number, minutes: number): string {
  const values = panel.lines.flatMap(({ points }) => points.map(({ y }) => y ?? 0));
  const yTicks = ticksUpTo(Math.max(panel.goal ?? 0, ...values));
  const xTicks = ticksUpTo(minutes).filter((tick) => tick <= minutes);
  const top = yTicks.at(-1) ?? 1;
  const x = (minute: number) => LEFT + minute / (minutes || 1) * (width - LEFT - RIGHT);
  const y = (value: number) => height - BOTTOM - value / top * (height - TOP - BOTTOM);
  const right = width - RIGHT;
  return [
    drawTitle(panel),
    ...yTicks.map((tick) =>
      `<path d="M${LEFT} ${px(y(tick))}H${right}" stroke="#e3e3e3"/>` +
      text(LEFT - 6, y(tick) + 4, tickLabel(tick), 'text-anchor="end" fill="#555"')
    ),
    ...xTicks.map((tick) =>
      text(x(tick), height - BOTTOM + 16, tickLabel(tick), 'text-anchor="middle" fill="#555"')
    ),
    text(right, height - 2, 'minutes', 'text-anchor="end" fill="#555"'),
    ...panel.goal === undefined ? [] : [drawGoal(panel.goal, LEFT, right, y)],
    ...panel.lines.map(({ points }, place) =>
      `<path d="${pathOf(points, x, y)}" fill="none" stroke-width="1.6" ` +
      `stroke="${colour(place)}"/>`
    ),
    drawLegend(panel.lines, right),
  ].join('\n');
}

function drawTitle({ title, unit }: Panel): string {
  return `<text x="${LEFT}" y="16"><tspan font-weight="600">${escape(title)}</tspan>` +
    `<tspan fill="#555">, ${escape(unit)}</tspan></text>`;
}

function drawGoal(goal: number, left: number, right: number, y: (value: number) => number): string {
  return `<path d="M${left} ${px(y(goal))}H${right}" stroke="#b00020" stroke-dasharray="5 4"/>` +
    text(left + 4, y(goal) + 13, `goal ${goal}`, 'fill="#b00020"');
}

/** The names of the lines, from the right; a single line needs none. */
function drawLegend(lines: Line[], right: number): string {
  if (lines.length < 2) return '';
  const names = lines.map(({ name }, place) =>
    `<tspan fill="${colour(place)}" font-weight="600" dx="${place === 0 ? 0 : 8}">` +
    `${escape(name)}</tspan>`
  );
  return `<text x="${right}" y="16" text-anchor="end">${names.join('')}</text>`;
}

/** A line through the points; a gap starts it anew. */
export function pathOf(
  points: Line['points'],
  x: (value: number) => number,
  y: (value: number) => number,
): string {
  let pen = 'M';
  return points.map((point) => {
    if (point.y === null) {
      pen = 'M';
      return '';
    }
    const step = `${pen}${px(x(point.x))} ${px(y(point.y))}`;
    pen = 'L';
    return step;
  }).join('');
}

/** Text at a place, with attributes of its own. */
export function text(x: number, y: number, words: string, attributes = ''): string {
  return `<text x="${px(x)}" y="${px(y)}" ${attributes}>${escape(words)}</text>`;
}

function escape(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function colour(place: number): string {
  return COLOURS[place % COLOURS.length] ?? 'black';
}
