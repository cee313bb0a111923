import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { VARIABLE_NAMES } from '../../../lib/config/environment.js';
import { loadConfig } from '../../../lib/config/load.js';
import { all, INSTRUCTIONS, LAST_STAGE } from './files.js';

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

describe('Docker: the image', () => {
  const sources = all('COPY')
    .filter((rest) => !rest.startsWith('--from='))
    .flatMap((rest) => rest.split(/\s+/).slice(0, -1));

  it('only known instructions stand in the Dockerfile', () => {
    const known = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'USER', 'EXPOSE', 'VOLUME', 'HEALTHCHECK', 'CMD'];
    expect(INSTRUCTIONS.map(([name]) => name).filter((name) => !known.includes(name))).to.deep.equal([]);
  });

  it('every stage has the same Node, of a line that is supported for long', () => {
    const images = new Set(all('FROM').map((rest) => rest.split(' ')[0]));
    expect([...images]).to.deep.equal(['node:24-trixie-slim']);
  });

  it('it has the packages of production alone', () => {
    const from = LAST_STAGE.filter(([name, rest]) => name === 'COPY' && rest.startsWith('--from=')).map(
      ([, rest]) => rest,
    );
    expect(from).to.deep.equal([
      '--from=dependencies /app/node_modules node_modules',
      '--from=build /app/dist/lib dist/lib',
    ]);
    const start = INSTRUCTIONS.findIndex(([name, rest]) => name === 'FROM' && rest.endsWith(' AS dependencies'));
    const stage = INSTRUCTIONS.slice(start + 1, INSTRUCTIONS.indexOf(LAST_STAGE[0] as never));
    expect(stage.filter(([name]) => name === 'RUN')).to.deep.equal([['RUN', 'npm ci --omit=dev']]);
    expect(LAST_STAGE.some(([name, rest]) => name === 'RUN' && /npm|npx/.test(rest))).to.equal(false);
  });

  it('it runs as another user than root', () => {
    const lastUser = INSTRUCTIONS.findLastIndex(([name]) => name === 'USER');
    expect(INSTRUCTIONS[lastUser]?.[1]).to.equal('node');
    expect(lastUser).to.be.greaterThan(INSTRUCTIONS.findLastIndex(([name]) => name === 'FROM'));
    expect(INSTRUCTIONS.slice(lastUser).some(([name]) => name === 'RUN' || name === 'COPY')).to.equal(false);
  });

  it('everything that is copied from the project exists', () => {
    expect(sources.filter((source) => !existsSync(source))).to.deep.equal([]);
    expect(sources).to.include.members(['config', 'lib/store/functions', 'package-lock.json']);
  });

  it('what is copied is not kept out of the build, and secrets are', () => {
    const kept = readFileSync('docker/Dockerfile.dockerignore', 'utf8').split('\n');
    expect(kept[0]).to.equal('*');
    expect(sources.map((source) => source.split('/')[0]).filter((top) => !kept.includes(`!${top}`))).to.deep.equal([]);
    expect(kept.some((line) => line.startsWith('!docker'))).to.equal(false);
  });

  it('it exposes what the service listens on beyond loopback, and HTTP is on loopback unless told', () => {
    const { sip, http } = loadConfig({});
    const exposed = sip.listen.map(({ port, protocol }) => `${port}/${protocol === 'udp' ? 'udp' : 'tcp'}`);
    expect(all('EXPOSE')).to.deep.equal(exposed);
    expect(http.listen.address).to.equal('127.0.0.1');
    expect(all('ENV')).to.deep.equal(['NODE_ENV=production']);
    expect(VARIABLE_NAMES).not.to.include('NODE_ENV');
  });

  it('health is asked by the program that knows the configured port', () => {
    expect(all('HEALTHCHECK')).to.have.length(1);
    const [options = '', command = ''] = all('HEALTHCHECK')[0]?.split(' CMD ') ?? [];
    const [program, file = ''] = JSON.parse(command) as string[];
    expect([program, existsSync(file)]).to.deep.equal(['node', true]);
    expect(options).to.match(/--timeout=5s/);
  });

  it('the service is the process that gets SIGTERM, and runs with the options of npm start', () => {
    const options = manifest.scripts.start?.match(/--\S+/g) ?? [];
    expect(options).to.not.be.empty;
    expect(JSON.parse(all('CMD')[0] ?? '')).to.deep.equal(['node', ...options, 'dist/lib/main.js']);
  });

  it('the data of the service outlives the container', () => {
    expect(all('VOLUME')).to.deep.equal([`/app/${loadConfig({}).redis.dataDirectory}`]);
  });
});
