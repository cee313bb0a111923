import type { VNode } from 'preact';
import type { OpenApi, Operation } from '../../openapi.js';
import { PROBLEMS } from '../../problems.js';
import { Shell } from '../operators/layout.js';
import { inWords, Properties, shapeOf, typeIn } from './schema.js';

export function DocumentPage({ document }: { readonly document: OpenApi }): VNode {
  const { info, paths, components, tags } = document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const bar = (
    <>
      <strong>Virkne</strong> HTTP API {String(info.version)}
      <a class="who" href="/openapi.json">
        openapi.json
      </a>
    </>
  );
  return (
    <Shell lang="en" title="HTTP API – Virkne" bar={bar}>
      <h1>HTTP API</h1>
      <p>{inWords(String(info.description))}</p>
      <pre>{'curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8080/api/v1/groups/+37167000000'}</pre>
      <nav class="card" aria-label="Operations">
        <ul class="links">
          {operations.map(({ path, method, operation: { operationId } }) => (
            <li key={operationId}>
              <a href={`#${operationId}`}>
                {method} {path.replace('/api/v1', '')}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      {tags.map(({ name }) => (
        <section key={String(name)}>
          <h2>{String(name)}</h2>
          {operations
            .filter(({ operation }) => operation.tags.includes(String(name)))
            .map((one) => (
              <OperationCard key={one.operation.operationId} {...one} />
            ))}
        </section>
      ))}
      <section>
        <h2>Schemas</h2>
        {Object.entries(components.schemas).map(([name, schema]) => (
          <div key={name} class="card" id={`schema-${name}`}>
            <h3>{name}</h3>
            <p>{String(schema.description ?? '')}</p>
            <Properties schema={schema} />
          </div>
        ))}
      </section>
      <section>
        <h2>Problems</h2>
        <div class="card scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">Code</th>
                <th scope="col">Status</th>
                <th scope="col">Title</th>
              </tr>
            </thead>
            <tbody>
              {Object.entries(PROBLEMS).map(([code, [status, title]]) => (
                <tr key={code} id={code}>
                  <td>
                    <code>{code}</code>
                  </td>
                  <td>{status}</td>
                  <td>{title}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </Shell>
  );
}

interface OperationProps {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

function OperationCard({ path, method, operation }: OperationProps): VNode {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  return (
    <article class="card" id={operationId}>
      <h3>
        <span class="method">{method}</span> <code class="path">{path}</code>
      </h3>
      <p>{inWords(summary)}</p>
      <p class="soft">{description}</p>
      {requestBody !== undefined && <p>Body: {typeIn(shapeOf(requestBody))}</p>}
      {parameters.length > 0 && (
        <div class="scroll">
          <table>
            <caption>Parameters</caption>
            <tbody>
              {parameters.map(({ name, in: place, required, description: about, schema }) => (
                <tr key={name}>
                  <th scope="row">
                    <code>{name}</code>
                  </th>
                  <td>{place}</td>
                  <td>{typeIn(schema)}</td>
                  <td>{required ? 'required' : ''}</td>
                  <td>{inWords(about)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <div class="scroll">
        <table>
          <caption>Answers</caption>
          <tbody>
            {Object.entries(responses).map(([status, answer]) => (
              <tr key={status}>
                <th scope="row">{status}</th>
                <td>{String(answer.description)}</td>
                <td>{Object.keys(answer.content ?? {}).join(', ')}</td>
                <td>{typeIn(shapeOf(answer))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </article>
  );
}
