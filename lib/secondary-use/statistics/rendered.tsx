/** A published statistic as CSV and as a chart: they know only what may be shown. Pure. */
import { scaleBand, scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { renderToString } from 'preact-render-to-string';
import { csvLine } from '../../base/csv.js';
import { HOURS } from './grid.js';
import type { Statistic } from './statistics.js';

const ALL = 'all';

interface Row {
  readonly region: string;
  readonly hour: number;
  readonly persons: number | null;
}

/** Each region's hours, then those of all. */
const rowsOf = ({ cells, totals }: Statistic): readonly Row[] => [
  ...cells,
  ...totals.map((persons, hour) => ({ region: ALL, hour, persons })),
];

export function* statisticCsv(statistic: Statistic): Generator<string> {
  yield csvLine(['metric', 'period', 'region', 'hour', 'persons', 'suppressed']);
  for (const { region, hour, persons } of rowsOf(statistic)) {
    const isHidden = persons === null;
    yield csvLine([
      ...[statistic.metric, statistic.period, region, String(hour)],
      ...[isHidden ? '' : String(persons), isHidden ? 'yes' : 'no'],
    ]);
  }
}

const WIDTH = 960;
const HEIGHT = 420;
const MARGIN = { top: 48, right: 190, bottom: 44, left: 56 };
/** Told apart by people who do not see all colours as well (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#000000'];
const DASHES = [undefined, '6 3', '2 3', '8 3 2 3'];

/** SVG without a style, a script or a request to anywhere; what is suppressed is a gap. */
export function statisticChart(statistic: Statistic): string {
  const { period, totals, cells, threshold } = statistic;
  const hours = Array.from({ length: HOURS }, (_, hour) => hour);
  const most = Math.max(
    threshold,
    ...totals.map((persons) => persons ?? 0),
    ...cells.map(({ persons }) => persons ?? 0),
  );
  const x = scaleBand<number>()
    .domain(hours)
    .range([MARGIN.left, WIDTH - MARGIN.right])
    .padding(0.2);
  const y = scaleLinear()
    .domain([0, most])
    .nice()
    .range([HEIGHT - MARGIN.bottom, MARGIN.top]);
  const left = (hour: number): number => x(hour) ?? 0;
  const path = line<Row>()
    .defined(({ persons }) => persons !== null)
    .x(({ hour }) => left(hour) + x.bandwidth() / 2)
    .y(({ persons }) => y(persons ?? 0));
  const regions = [...new Set(cells.map(({ region }) => region))];
  const title = `Persons with calls by hour of the day, ${period}`;
  return renderToString(
    <svg
      xmlns="http://www.w3.org/2000/svg"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-labelledby="title about"
      font-family="sans-serif"
      font-size="12"
    >
      <title id="title">{title}</title>
      <desc id="about">{`Bars: all regions; lines: each region. Groups of fewer than ${threshold} persons are not shown.`}</desc>
      <rect width={WIDTH} height={HEIGHT} fill="#ffffff" />
      <text x={MARGIN.left} y={26} font-size="16">
        {title}
      </text>
      {y.ticks(5).map((value) => (
        <g key={value}>
          <line x1={MARGIN.left} x2={WIDTH - MARGIN.right} y1={y(value)} y2={y(value)} stroke="#d0d0d0" />
          <text x={MARGIN.left - 8} y={y(value) + 4} text-anchor="end">
            {value}
          </text>
        </g>
      ))}
      {hours.map((hour) => (
        <text key={hour} x={left(hour) + x.bandwidth() / 2} y={HEIGHT - MARGIN.bottom + 18} text-anchor="middle">
          {hour}
        </text>
      ))}
      {totals.map((persons, hour) =>
        persons === null ? null : (
          <rect
            key={hour}
            x={left(hour)}
            y={y(persons)}
            width={x.bandwidth()}
            height={y(0) - y(persons)}
            fill="#c8d3dc"
          />
        ),
      )}
      {regions.map((region, at) => {
        const colour = COLOURS[at % COLOURS.length];
        const dash = DASHES[Math.floor(at / COLOURS.length) % DASHES.length];
        const rows = cells.filter((cell) => cell.region === region);
        const height = MARGIN.top + 10 + at * 18;
        return (
          <g key={region}>
            <path d={path(rows) ?? ''} fill="none" stroke={colour} stroke-width="2" stroke-dasharray={dash} />
            {rows.map(({ hour, persons }) =>
              persons === null ? null : (
                <circle key={hour} cx={left(hour) + x.bandwidth() / 2} cy={y(persons)} r="2.5" fill={colour} />
              ),
            )}
            <line
              x1={WIDTH - MARGIN.right + 16}
              x2={WIDTH - MARGIN.right + 40}
              y1={height}
              y2={height}
              stroke={colour}
              stroke-width="2"
              stroke-dasharray={dash}
            />
            <text x={WIDTH - MARGIN.right + 46} y={height + 4}>
              {region}
            </text>
          </g>
        );
      })}
    </svg>,
  );
}
