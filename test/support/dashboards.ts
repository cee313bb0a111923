/** The expressions of docker/grafana and docker/prometheus. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Source {
  readonly type: string;
  readonly uid: string;
}

export interface Panel {
  readonly title: string;
  readonly type: string;
  readonly datasource?: Source;
  readonly targets?: readonly { readonly expr: string; readonly datasource: Source }[];
}

export interface Dashboard {
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
}

const DASHBOARDS = 'docker/grafana/dashboards';
const RULES = 'docker/prometheus/rules';

export const dashboards = (): readonly Dashboard[] =>
  readdirSync(DASHBOARDS).map((file) => JSON.parse(readFileSync(join(DASHBOARDS, file), 'utf8')));

/** As Grafana asks with all nodes chosen. */
export const expressionsOf = ({ panels }: Dashboard): { readonly title: string; readonly expr: string }[] =>
  panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ title, expr: expr.replaceAll('$instance', '.*') })),
  );

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

export const alerts = (): readonly Alert[] =>
  readdirSync(RULES).flatMap((file) =>
    (parse(readFileSync(join(RULES, file), 'utf8')) as { groups: { rules: Alert[] }[] }).groups.flatMap(
      ({ rules }) => rules,
    ),
  );
