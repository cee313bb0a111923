/** The OpenAPI document as a page, for people: no script, nothing of another host. */
import type { FastifyInstance } from 'fastify';
import type { Admission } from '../../admission.js';
import type { OpenApi } from '../../openapi.js';
import { pageHeaders } from '../headers.js';
import { htmlOf } from '../html.js';
import { DocumentPage } from './page.js';

export async function openApiPage(docs: FastifyInstance, document: OpenApi, admission: Admission): Promise<void> {
  let html: string | undefined;
  docs.get('/openapi', { onRequest: (request) => admission.count(request) }, async (request, reply) => {
    html ??= htmlOf(DocumentPage({ document }));
    return reply
      .headers(pageHeaders(request.protocol === 'https'))
      .type('text/html; charset=utf-8')
      .send(html);
  });
}
