import { drawPanel, type Panel, text } from './panel.ts';

const PANEL = { width: 440, height: 200 };
const COLUMNS = 2;
const GAP = 24;
const HEADER = 60;

/** Panels of equal size on one page, as an SVG document; time runs from 0 to `minutes` in all. */
export function drawPage(
  title: string,
  subtitle: string,
  panels: Panel[],
  minutes: number,
): string {
  const rows = Math.ceil(panels.length / COLUMNS);
  const width = COLUMNS * (PANEL.width + GAP) + GAP;
  const height = HEADER + rows * (PANEL.height + GAP);
  const placed = panels.map((panel, place) => {
    const left = GAP + place % COLUMNS * (PANEL.width + GAP);
    const top = HEADER + Math.floor(place / COLUMNS) * (PANEL.height + GAP);
    const drawing = drawPanel(panel, PANEL.width, PANEL.height, minutes);
    return `<g transform="translate(${left} ${top})">\n${drawing}\n</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11" fill="#222">`,
    '<rect width="100%" height="100%" fill="white"/>',
    text(GAP, 28, title, 'font-size="18" font-weight="600"'),
    text(GAP, 48, subtitle, 'font-size="12" fill="#555"'),
    ...placed,
    '</svg>',
    '',
  ].join('\n');
}
