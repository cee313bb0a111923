import { Validator } from '@seriousme/openapi-schema-validator';
import { expect } from 'chai';
import { fastify } from 'fastify';
import { openApi } from '../../../lib/api/openapi.js';
import { createApi, ROUTES } from '../../../lib/api/part.js';
import { createIds } from '../../../lib/base/ids.js';
import { createLog } from '../../../lib/base/log.js';
import { apiSettings } from '../../../lib/settings.js';
import { CONFIG } from '../../support/defaults.js';

const served = async (): Promise<{ routes: string[]; document: ReturnType<typeof openApi> }> => {
  const routes: string[] = [];
  const server = fastify();
  server.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) if (one !== 'HEAD') routes.push(`${one} ${url}`);
  });
  await server.register(
    createApi({
      store: () => undefined,
      settings: apiSettings(CONFIG),
      tokens: [],
      limits: { address: 100, token: 100 },
      ids: createIds(),
      log: createLog('silent'),
      version: '1.2.3',
    }),
  );
  const document = (await server.inject('/openapi.json')).json();
  await server.close();
  return { routes, document };
};

describe('API: the OpenAPI document', () => {
  it('is a valid document of OpenAPI 3.1', async () => {
    const { document } = await served();
    const result = await new Validator().validate(JSON.parse(JSON.stringify(document)));
    expect(result.errors ?? []).to.deep.equal([]);
    expect(document.openapi).to.equal('3.1.0');
    expect(document.info.version).to.equal('1.2.3');
  });

  it('names every route below /api that is served, and no other', async () => {
    const { routes, document } = await served();
    const inDocument = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(routes.filter((route) => route.includes(' /api/')).sort()).to.deep.equal(inDocument.sort());
    expect(inDocument).to.have.length(ROUTES.length);
  });

  it('has an id of its own for each operation, and a description for each parameter', () => {
    const { paths } = openApi(ROUTES, '1');
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).to.equal(ids.length);
    for (const { operationId, parameters } of operations) {
      for (const { name, description } of parameters) expect(description, `${operationId} ${name}`).not.to.equal('');
    }
  });

  it('leads to no schema that is not there', () => {
    const document = openApi(ROUTES, '1');
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name,
    );
    expect(references.length).to.be.greaterThan(20);
    for (const name of references) expect(document.components.schemas).to.have.property(String(name));
  });
});
