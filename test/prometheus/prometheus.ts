/** A Prometheus of Debian that scrapes one service, with the rules of docker/prometheus. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from '../support/ports.js';
import { until } from '../support/sipp.js';

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [at: number, value: string];
}

export interface Rule {
  readonly name: string;
  readonly health: string;
  readonly state: string;
  readonly lastError?: string;
}

const START_WITHIN_MS = 15_000;

export class Prometheus {
  readonly url: string;
  readonly #directory: string;
  readonly #child: ChildProcess;

  constructor(url: string, directory: string, child: ChildProcess) {
    this.url = url;
    this.#directory = directory;
    this.#child = child;
  }

  async query(expression: string): Promise<Sample[]> {
    const { result } = (await this.#ask(`query?query=${encodeURIComponent(expression)}`)) as { result: Sample[] };
    return result;
  }

  async rules(): Promise<Rule[]> {
    const { groups } = (await this.#ask('rules')) as { groups: { rules: Rule[] }[] };
    return groups.flatMap(({ rules }) => rules);
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #ask(path: string): Promise<unknown> {
    const response = await fetch(`${this.url}/api/v1/${path}`);
    const { status, data, error } = (await response.json()) as { status: string; data?: unknown; error?: string };
    if (status !== 'success') throw new Error(`${path}: ${error}`);
    return data;
  }
}

/** @param target host:port of its /metrics */
export async function startPrometheus(target: string): Promise<Prometheus> {
  const directory = await mkdtemp(join(tmpdir(), 'prometheus-'));
  const config = {
    global: { scrape_interval: '500ms', scrape_timeout: '500ms', evaluation_interval: '500ms' },
    rule_files: [resolve('docker/prometheus/rules/virkne.yaml')],
    scrape_configs: [{ job_name: 'virkne', static_configs: [{ targets: [target] }] }],
  };
  const file = join(directory, 'prometheus.yaml');
  // JSON is YAML.
  await writeFile(file, JSON.stringify(config));
  const address = `127.0.0.1:${await freePort()}`;
  const args = [`--config.file=${file}`, `--storage.tsdb.path=${directory}/data`, `--web.listen-address=${address}`];
  const child = spawn('prometheus', args, { stdio: 'ignore' });
  const url = `http://${address}`;
  const isReady = async (): Promise<true | undefined> =>
    (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true ? true : undefined;
  await until(isReady, START_WITHIN_MS, () => 'Prometheus does not start');
  return new Prometheus(url, directory, child);
}

/** @returns what it says; rejects where it does not exit with 0 */
export const promtool = (args: readonly string[], input = ''): Promise<string> =>
  new Promise((done, failed) => {
    const child = execFile('promtool', args, (error, stdout, stderr) => {
      if (error === null) done(stdout + stderr);
      else failed(new Error(`${stdout}${stderr}`));
    });
    child.stdin?.end(input);
  });
