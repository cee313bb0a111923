import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { VARIABLE_NAMES } from '../../../lib/config/environment.js';
import { loadConfig } from '../../../lib/config/load.js';
import { composition, environmentOf, filled, type Service } from './files.js';

const SECRET = 'a-secret-of-more-than-sixteen';

/** The configuration as the service would read it in there; every secret's file holds the same. */
const configured = (virkne: Service, env: Record<string, string> = {}) =>
  loadConfig(environmentOf(virkne, env), (path) =>
    path.startsWith('/run/secrets/') ? `${SECRET}\n` : readFileSync(path, 'utf8'),
  );

const commandOf = ({ command = [] }: Service, env: Record<string, string> = {}): string =>
  filled(command.join(' '), env);

for (const file of ['compose.yaml', 'compose.drachtio.yaml']) {
  describe(`Docker: ${file}`, () => {
    const { services, secrets, volumes } = composition(file);
    const service = (name: string): Service => {
      const found = services[name];
      if (found === undefined) throw new Error(`no service ${name}`);
      return found;
    };
    const isExternal = 'drachtio' in services;
    const virkne = service('virkne');
    const redis = service('redis');

    it('every variable given to the service is one of the configuration, which accepts them', () => {
      const names = Object.keys(virkne.environment ?? {});
      expect(names.filter((name) => !VARIABLE_NAMES.includes(name))).to.deep.equal([]);
      expect(configured(virkne).trunks).to.deep.equal([]);
      const { trunks, warnings } = configured(virkne, { TRUNKS: 'sip:10.1.0.1:5060' });
      expect(trunks).to.have.length(1);
      expect(warnings.filter((warning) => /not (?:used|read)/.test(warning))).to.deep.equal([]);
    });

    it('Redis is the one beside it, with a password from a file, and writes an append-only file onto a volume', () => {
      const { url } = configured(virkne).redis;
      const [address] = url?.addresses ?? [];
      const command = commandOf(redis);
      expect(url?.password).to.equal(SECRET);
      expect(command)
        .to.contain(`bind ${address?.host}\nport ${address?.port}\n`)
        .and.contain('appendonly yes')
        .and.contain('requirepass "$(cat /run/secrets/redis_password)"');
      expect(redis.healthcheck?.test.join(' ')).to.contain(`-h ${address?.host} -p ${address?.port} ping`);
      expect(redis.volumes).to.deep.equal(['redis:/data']);
    });

    it('HTTP is on loopback unless told, and Prometheus asks there', () => {
      const { http } = configured(virkne);
      const prometheus = parse(readFileSync('docker/prometheus/prometheus.yaml', 'utf8'));
      expect(http.listen.address).to.equal('127.0.0.1');
      expect(prometheus.scrape_configs[0].static_configs[0].targets).to.deep.equal([`127.0.0.1:${http.listen.port}`]);
    });

    it("everything is on the host's network, where what is no SIP listens on loopback", () => {
      for (const [name, { network_mode, ports }] of Object.entries(services)) {
        expect([name, network_mode, ports]).to.deep.equal([name, 'host', undefined]);
      }
      expect(commandOf(service('prometheus'))).to.contain('--web.listen-address=127.0.0.1:');
      expect(service('grafana').environment?.GF_SERVER_HTTP_ADDR).to.equal('127.0.0.1');
    });

    it('no secret stands in a command line or an environment: each is a file that git ignores', () => {
      const variables = Object.values(services).flatMap(({ environment = {} }) => Object.entries(environment));
      const named = variables.filter(([name]) => /PASSWORD|SECRET/.test(name));
      expect(named.filter(([name, text]) => !name.endsWith('_FILE') || !text.startsWith('/run/secrets/'))).to.be.empty;
      expect(variables.filter(([, text]) => /:\/\/[^/]*@/.test(text))).to.be.empty;
      for (const { command = [] } of Object.values(services)) {
        // A `cat` inside a here-document or an assignment is expanded by the shell and is no argument of a program.
        expect(command.join(' ')).not.to.match(/--(?:secret|requirepass|password)\b/);
      }
      for (const { file: path } of Object.values(secrets)) expect(path).to.match(/^secrets\/\w+$/);
      expect(readFileSync('docker/secrets/.gitignore', 'utf8').split('\n')[0]).to.equal('*');
    });

    it('services, secrets, volumes and files that are named exist', () => {
      for (const { depends_on = {}, secrets: used = [], volumes: mounted = [], build } of Object.values(services)) {
        expect(Object.keys(depends_on).filter((name) => !(name in services))).to.be.empty;
        expect(used.filter((name) => !(name in secrets))).to.be.empty;
        const sources = mounted.map((mount) => mount.split(':')[0] as string);
        expect(sources.filter((from) => (from.startsWith('./') ? !existsSync(`docker/${from}`) : !(from in volumes))))
          .to.be.empty;
        if (build !== undefined) expect(existsSync(`docker/${build.context}/${build.dockerfile}`)).to.equal(true);
      }
      for (const name of Object.keys(services).filter((one) => service(one).environment !== undefined)) {
        const files = Object.values(environmentOf(service(name))).filter((text) => text.startsWith('/run/secrets/'));
        expect(files.map((path) => path.slice('/run/secrets/'.length))).to.have.members(
          files.length === 0 ? [] : [...new Set(service(name).secrets)],
        );
      }
      expect(new Set(Object.values(services).flatMap(({ secrets: used = [] }) => used))).to.deep.equal(
        new Set(Object.keys(secrets)),
      );
    });

    it('the data of the service outlives the container, and it may drain before it is killed', () => {
      const { redis: store, drain } = configured(virkne);
      expect(virkne.volumes).to.deep.equal([`virkne:/app/${store.dataDirectory}`]);
      expect(Number.parseInt(virkne.stop_grace_period ?? '', 10)).to.be.greaterThan(drain.deadlineSeconds);
    });

    it('Kamailio, Prometheus and Grafana come by their profiles alone', () => {
      const profiles = Object.fromEntries(Object.entries(services).map(([name, one]) => [name, one.profiles]));
      expect(profiles).to.deep.equal({
        ...(isExternal && { drachtio: undefined }),
        redis: undefined,
        virkne: undefined,
        kamailio: ['dispatcher'],
        prometheus: ['metrics'],
        grafana: ['metrics'],
      });
    });

    it('Kamailio reads the files beside its configuration, from where it is mounted', () => {
      const text = readFileSync('docker/kamailio/kamailio.cfg', 'utf8');
      const [mount = ''] = service('kamailio').volumes ?? [];
      const [, folder = ''] = mount.split(':');
      const files = [...text.matchAll(/_file", "([^"]+)"/g)].map(([, path = '']) => path);
      expect(files).to.have.length(2);
      for (const path of files) expect(readdirSync('docker/kamailio')).to.include(path.replace(`${folder}/`, ''));
    });
  });
}

describe('Docker: the SIP side of the compositions', () => {
  it('the embedded engine listens with UDP and TCP, as long requests want', () => {
    const { services } = composition('compose.yaml');
    const { drachtio, sip } = configured(services.virkne as Service);
    expect(drachtio.url).to.equal(undefined);
    expect(sip.listen.map(({ protocol }) => protocol)).to.deep.equal(['udp', 'tcp']);
    const moved = configured(services.virkne as Service, { SIP_LISTEN: 'udp:0.0.0.0:5070' });
    const nodes = readFileSync('docker/kamailio/dispatcher.list', 'utf8').match(/^\d+ sip:127\.0\.0\.1:(\d+) /m);
    expect(String(moved.sip.listen[0]?.port), 'where Kamailio looks for it').to.equal(nodes?.[1]);
  });

  it('the drachtio-server is the one beside it, with the same secret, new enough, and on loopback unless told', () => {
    const { drachtio, virkne } = composition('compose.drachtio.yaml').services as Record<string, Service>;
    if (drachtio === undefined || virkne === undefined) throw new Error('a service is missing');
    const { host, port, secret } = configured(virkne).drachtio.url ?? {};
    expect(secret).to.equal(SECRET);
    const command = commandOf(drachtio);
    expect(command).to.contain(`--address ${host} --port ${port} `);
    expect(command).to.match(/^sh -c DRACHTIO_SECRET="\$\(cat \/run\/secrets\/drachtio_secret\)" exec drachtio /);
    expect(command).to.contain('--contact "sip:127.0.0.1:5060;transport=udp,tcp"');
    expect(commandOf(drachtio, { SIP_ADDRESS: '192.0.2.1', SIP_PORT: '5070' })).to.contain('"sip:192.0.2.1:5070;');
    const [major = 0, minor = 0, patch = 0] = (drachtio.image?.split(':')[1] ?? '').split('.').map(Number);
    expect(major * 1_000_000 + minor * 1_000 + patch).to.be.at.least(9_010);
  });
});
