/** Line charts as SVG, side by side. */

export interface ChartPoint {
  readonly x: number;
  readonly y: number;
  /** The spread; a bar is drawn between them. */
  readonly min?: number;
  readonly max?: number;
}

export interface Series {
  readonly name: string;
  readonly points: readonly ChartPoint[];
}

export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** Logarithmic, for sizes over several powers of ten. */
  readonly logX?: boolean;
  readonly series: readonly Series[];
}

const WIDTH = 440;
const HEIGHT = 320;
const PLOT = { left: 62, top: 40, right: WIDTH - 16, bottom: HEIGHT - 74 };
const COLOURS = ['#1f5fa8', '#c8501e', '#3a7d34', '#7d4f9e', '#8a6d00'];
const TICKS = 5;

export function charts(list: readonly Chart[]): string {
  const body = list.map((chart, i) => `<g transform="translate(${i * WIDTH} 0)">${draw(chart)}</g>`).join('\n');
  const width = WIDTH * list.length;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT}" width="${width}" height="${HEIGHT}" font-family="sans-serif" font-size="12" fill="#222">
<rect width="100%" height="100%" fill="white"/>
${body}
</svg>
`;
}

function draw(chart: Chart): string {
  const points = chart.series.flatMap(({ points: all }) => all).filter(({ x, y }) => Number.isFinite(x + y));
  const toX = chart.logX ? (x: number): number => Math.log10(Math.max(x, 1)) : (x: number): number => x;
  const xs = points.map(({ x }) => toX(x));
  const [low, high] = xs.length === 0 ? [0, 1] : [Math.min(...xs), Math.max(...xs)];
  const step = niceStep(Math.max(1e-9, ...points.map(({ y, max }) => max ?? y)) / TICKS);
  const top = step * TICKS;
  const atX = (x: number): number => PLOT.left + ((toX(x) - low) / (high - low || 1)) * (PLOT.right - PLOT.left);
  const atY = (y: number): number => PLOT.bottom - (Math.max(0, y) / top) * (PLOT.bottom - PLOT.top);
  const parts = [text((PLOT.left + PLOT.right) / 2, 22, chart.title, 'middle', 'font-weight="bold" font-size="14"')];
  for (let i = 0; i <= TICKS; i++) {
    const y = atY(i * step).toFixed(1);
    parts.push(`<path d="M${PLOT.left} ${y}H${PLOT.right}" stroke="#ddd"/>`);
    parts.push(text(PLOT.left - 6, Number(y) + 4, compact(i * step), 'end'));
  }
  for (const x of new Set(points.map((point) => point.x)))
    parts.push(text(atX(x), PLOT.bottom + 17, compact(x), 'middle'));
  parts.push(text((PLOT.left + PLOT.right) / 2, PLOT.bottom + 36, chart.x, 'middle'));
  parts.push(
    `<g transform="translate(16 ${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)">${text(0, 0, chart.y, 'middle')}</g>`,
  );
  chart.series.forEach((series, i) => {
    parts.push(line(series, COLOURS[i % COLOURS.length] as string, atX, atY), legend(series.name, i));
  });
  return parts.join('\n');
}

function line({ points }: Series, colour: string, atX: (x: number) => number, atY: (y: number) => number): string {
  const known = points.filter(({ y }) => Number.isFinite(y));
  const at = ({ x, y }: ChartPoint): string => `${atX(x).toFixed(1)},${atY(y).toFixed(1)}`;
  const bars = known.map(({ x, min, max }) =>
    min === undefined || max === undefined ? '' : `M${atX(x).toFixed(1)} ${atY(min).toFixed(1)}V${atY(max).toFixed(1)}`,
  );
  const dots = known.map((point) => {
    const [x, y] = at(point).split(',');
    return `<circle cx="${x}" cy="${y}" r="3" fill="${colour}"/>`;
  });
  return `<polyline points="${known.map(at).join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/><path d="${bars.join('')}" stroke="${colour}"/>${dots.join('')}`;
}

function legend(name: string, place: number): string {
  const x = PLOT.left + place * 120;
  return `<rect x="${x}" y="${HEIGHT - 22}" width="12" height="4" fill="${COLOURS[place % COLOURS.length]}"/>${text(x + 17, HEIGHT - 16, name, 'start')}`;
}

/** @param more further attributes */
function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end', more = ''): string {
  const safe = content.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" ${more}>${safe}</text>`;
}

/** 1, 2 or 5 times a power of ten, not less than `least`. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return (([1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10) as number) * power;
}

function compact(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))} M`;
  if (value >= 1e4) return `${Number((value / 1e3).toPrecision(3))} k`;
  return String(Number(value.toPrecision(3)));
}
