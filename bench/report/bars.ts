import type { Figure } from "./section.js";

export interface Bar {
  label: string;
  figure: Figure;
}

const WIDTH = 640;
const LEFT = 220;
const ROW = 34;
const BAR_WIDTH = WIDTH - LEFT - 90;

/** Horizontal bars from zero with their spread, as a self-contained SVG. */
export function bars(title: string, unit: string, rows: readonly Bar[]): string {
  const most = Math.max(...rows.map(({ figure }) => figure.high), Number.MIN_VALUE);
  const x = (value: number) => (LEFT + (value / most) * BAR_WIDTH).toFixed(1);
  const height = 50 + rows.length * ROW;
  const drawn = rows.map(({ label, figure }, index) => {
    const y = 44 + index * ROW;
    return [
      `<text x="${LEFT - 8}" y="${y + 14}" text-anchor="end">${escaped(label)}</text>`,
      `<rect x="${LEFT}" y="${y}" width="${(Number(x(figure.value)) - LEFT).toFixed(1)}" height="20" fill="#3b6ea5"/>`,
      `<path d="M${x(figure.low)} ${y + 10}H${x(figure.high)}" stroke="#111" stroke-width="2"/>`,
      `<text x="${Number(x(figure.high)) + 6}" y="${y + 14}">${figure.value.toFixed(1)} ${unit}</text>`,
    ].join("");
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`,
    ` font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="12" y="24" font-size="15" font-weight="bold">${escaped(title)}</text>${drawn.join("")}</svg>\n`,
  ].join("");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
