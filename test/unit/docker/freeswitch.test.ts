import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { loadConfig } from '../../../lib/config/load.js';
import { environmentOf } from './files.js';

const XML = readFileSync('docker/freeswitch/freeswitch.xml', 'utf8').replace(/<!--[\s\S]*?-->/g, '');
const params = new Map(
  [...XML.matchAll(/<param name="([^"]+)" value="([^"]*)"\/>/g)].map(([, name, value]) => [name, value]),
);

describe('Docker: FreeSWITCH (parsed, not run)', () => {
  it('every element is closed, in order', () => {
    const open: string[] = [];
    for (const [, close, name = '', , self] of XML.replace(/<\?.*?\?>/, '').matchAll(
      /<(\/?)([\w-]+)((?:\s[\w-]+="[^"]*")*)\s*(\/?)>/g,
    )) {
      if (self === '/') continue;
      if (close === '/') expect(open.pop()).to.equal(name);
      else open.push(name);
    }
    expect(open).to.deep.equal([]);
  });

  it('has each setting without which endpoints fail or go silent, as seen on a real one', () => {
    for (const [name, value] of [
      ['enable-3pcc', 'true'],
      ['auth-calls', 'false'],
      ['enable-timer', 'false'],
      ['rtp-timeout-sec', '0'],
      // A call on hold outlasts it.
      ['rtp-hold-timeout-sec', '0'],
      ['disable-rtp-auto-adjust', 'true'],
      ['liberal-dtmf', 'true'],
      ['codec-prefs', 'PCMU,PCMA'],
      ['apply-inbound-acl', 'loopback.auto'],
    ] as const)
      expect(params.get(name), name).to.equal(value);
    expect(XML).to.contain('data="rtp_secure_media=false"');
  });

  it('answers before it gives the channel to the service, in full', () => {
    const actions = [...XML.matchAll(/<action application="([^"]+)"(?: data="([^"]*)")?\/>/g)].map(([, name, data]) => [
      name,
      data,
    ]);
    expect(actions).to.deep.equal([
      ['answer', undefined],
      ['socket', `\${sip_h_X-esl-outbound} async full`],
    ]);
  });

  it('is the server that the service is told, by the profile that it looks for', () => {
    const { services } = parse(readFileSync('docker/compose.media.yaml', 'utf8'));
    const env = environmentOf(services.virkne, { EVENT_SOCKET_PASSWORD: 'secret' });
    const { media } = loadConfig({ ...env, VIRKNE_CONFIG: undefined });
    const [server] = media.servers;
    expect(server).to.deep.equal({
      host: params.get('listen-ip'),
      port: Number(params.get('listen-port')),
      password: 'secret',
    });
    expect(XML).to.contain(`<profile name="${media.profile}">`);
    for (const module of [
      'sofia',
      'event_socket',
      'dptools',
      'commands',
      'dialplan_xml',
      'sndfile',
      'tone_stream',
      'local_stream',
    ])
      expect(XML).to.contain(`<load module="mod_${module}"/>`);
  });
});
