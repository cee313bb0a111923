import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { VARIABLE_NAMES } from '../../../lib/config/environment.js';
import { loadConfig } from '../../../lib/config/load.js';

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly stop_grace_period?: string;
}

interface Compose {
  readonly services: Readonly<Record<'drachtio' | 'redis' | 'virkne', Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** There is no Docker engine where the tests run: what can be held without one is held here. */
const compose = parse(readFileSync('docker/compose.yaml', 'utf8')) as Compose;
const { drachtio, redis, virkne } = compose.services;

/** `[INSTRUCTION, arguments]` of each instruction, continuation lines joined. */
const instructions = readFileSync('docker/Dockerfile', 'utf8')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1).trim()] as const);
const all = (name: string): string[] => instructions.filter(([found]) => found === name).map(([, rest]) => rest);

/** As compose fills `${NAME:-default}` and `${NAME:?message}` in. */
const filled = (text: string, env: Readonly<Record<string, string>>): string =>
  text.replace(/\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}/g, (_, name: string, otherwise = '') => env[name] ?? otherwise);

describe('Docker: the image', () => {
  it('only known instructions stand in the Dockerfile', () => {
    const known = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'USER', 'EXPOSE', 'VOLUME', 'HEALTHCHECK', 'CMD'];
    expect(instructions.map(([name]) => name).filter((name) => !known.includes(name))).to.deep.equal([]);
  });

  it('it is built in stages, and the last one runs as another user than root', () => {
    expect(all('FROM')).to.deep.equal(['node:20-bookworm-slim AS build', 'node:20-bookworm-slim']);
    const lastUser = instructions.findLastIndex(([name]) => name === 'USER');
    expect(instructions[lastUser]?.[1]).to.equal('node');
    expect(lastUser).to.be.greaterThan(instructions.findLastIndex(([name]) => name === 'FROM'));
    expect(instructions.slice(lastUser).some(([name]) => name === 'RUN' || name === 'COPY')).to.equal(false);
  });

  it('everything that is copied from the project exists', () => {
    const copied = all('COPY').filter((rest) => !rest.startsWith('--from='));
    const sources = copied.flatMap((rest) => rest.split(/\s+/).slice(0, -1));
    expect(sources.filter((source) => !existsSync(source))).to.deep.equal([]);
    expect(sources).to.include.members(['config', 'lib/store/functions', 'package-lock.json']);
  });

  it('what is copied is not kept out of the build', () => {
    const kept = readFileSync('docker/Dockerfile.dockerignore', 'utf8').split('\n');
    const copied = all('COPY').filter((rest) => !rest.startsWith('--from='));
    const tops = copied.flatMap((rest) => rest.split(/\s+/).slice(0, -1)).map((source) => source.split('/')[0]);
    expect(tops.filter((top) => !kept.includes(`!${top}`))).to.deep.equal([]);
  });

  it('health is asked at the port that HTTP_LISTEN names, and the service is the process that gets SIGTERM', () => {
    const { HTTP_LISTEN } = variables();
    const { port } = loadConfig({ HTTP_LISTEN }).http.listen;
    expect(all('HEALTHCHECK')[0]).to.contain(`http://127.0.0.1:${port}/healthz`);
    expect(all('EXPOSE')).to.deep.equal([String(port)]);
    const start: string = JSON.parse(readFileSync('package.json', 'utf8')).scripts.start;
    const options = start.match(/--\S+/g) ?? [];
    expect(options, 'those of npm start').to.not.be.empty;
    expect(JSON.parse(all('CMD')[0] ?? '')).to.deep.equal(['node', ...options, 'dist/lib/main.js']);
  });

  it('every variable it sets is one of the configuration', () => {
    const { NODE_ENV, ...ours } = variables();
    expect(NODE_ENV).to.equal('production');
    expect(Object.keys(ours).filter((name) => !VARIABLE_NAMES.includes(name))).to.deep.equal([]);
  });

  it('the data of the service outlives the container', () => {
    const { dataDirectory } = loadConfig({}).redis;
    expect(all('VOLUME')).to.deep.equal([`/app/${dataDirectory}`]);
    expect(virkne.volumes).to.deep.equal([`virkne:/app/${dataDirectory}`]);
  });

  function variables(): Record<string, string> {
    return Object.fromEntries(all('ENV').map((rest) => rest.split('=', 2) as [string, string]));
  }
});

describe('Docker: the composition', () => {
  const environment = (env: Record<string, string>) =>
    Object.fromEntries(Object.entries(virkne.environment ?? {}).map(([name, text]) => [name, filled(text, env)]));

  it('every variable given to the service is one of the configuration', () => {
    expect(Object.keys(virkne.environment ?? {}).filter((name) => !VARIABLE_NAMES.includes(name))).to.deep.equal([]);
  });

  it('the configuration accepts them, and they attach the service to the drachtio-server and the Redis beside it', () => {
    const env = environment({ DRACHTIO_SECRET: 'changed', TRUNKS: 'sip:10.1.0.1:5060' });
    const config = loadConfig(env);
    const { host, port, secret } = config.drachtio.url ?? {};
    expect(drachtio.command).to.contain(`--address ${host} --port ${port}`);
    expect(filled(drachtio.command ?? '', { DRACHTIO_SECRET: 'changed' })).to.contain(`--secret ${secret} `);
    const [address] = config.redis.url?.addresses ?? [];
    expect(redis.command).to.contain(`--bind ${address?.host} --port ${address?.port}`);
    expect(config.warnings.filter((warning) => warning.includes('not used'))).to.deep.equal([]);
  });

  it('it starts without trunks and log level too', () => {
    expect(loadConfig(environment({ DRACHTIO_SECRET: 's' })).trunks).to.deep.equal([]);
  });

  it('the drachtio-server is new enough: 0.9.10', () => {
    const [, version = ''] = drachtio.image?.split(':') ?? [];
    const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
    expect(major * 1_000_000 + minor * 1_000 + patch).to.be.at.least(9_010);
  });

  it('Redis writes an append-only file onto a volume', () => {
    expect(redis.command).to.contain('--appendonly yes');
    expect(redis.volumes).to.deep.equal(['redis:/data']);
  });

  it('the service may drain before it is killed', () => {
    expect(Number.parseInt(virkne.stop_grace_period ?? '', 10)).to.be.greaterThan(loadConfig({}).drain.deadlineSeconds);
  });

  it('services, volumes and build files that are named exist', () => {
    expect(Object.keys(virkne.depends_on ?? {})).to.have.members(['redis', 'drachtio']);
    expect(Object.keys(compose.volumes)).to.have.members(['redis', 'virkne']);
    expect(existsSync(`docker/${virkne.build?.context}/${virkne.build?.dockerfile}`)).to.equal(true);
  });
});
