/** JSON Schema in words. */
import type { VNode } from 'preact';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const objectsIn = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** The schema of the first content of a body or an answer. */
export function shapeOf({ content }: Json): Json {
  const [first] = Object.values(isObject(content) ? content : {});
  return isObject(first) && isObject(first.schema) ? first.schema : {};
}

/** What stands in a place: a name of the document leads to it. */
export function typeIn(schema: Json): VNode {
  const { $ref, type, items, enum: values, const: constant, anyOf, pattern, minimum, maximum, default: usual } = schema;
  if (typeof $ref === 'string') {
    const name = $ref.split('/').at(-1) ?? '';
    return <a href={`#schema-${name}`}>{name}</a>;
  }
  if (isObject(items)) return <>list of {typeIn(items)}</>;
  if (Array.isArray(values)) return <>{values.map((one) => JSON.stringify(one)).join(' or ')}</>;
  if (constant !== undefined) return <>{JSON.stringify(constant)}</>;
  const alternatives = objectsIn(anyOf);
  if (alternatives.length > 0)
    return (
      <>
        {alternatives.map((one, index) => (
          <span key={index}>
            {index > 0 && ' or '}
            {typeIn(one)}
          </span>
        ))}
      </>
    );
  const isBounded = typeof minimum === 'number' && typeof maximum === 'number' && maximum < 1e9;
  return (
    <>
      {typeof type === 'string' ? type : ''}
      {isBounded && ` ${minimum} to ${maximum}`}
      {typeof pattern === 'string' && (
        <>
          {' '}
          <code>{pattern}</code>
        </>
      )}
      {usual !== undefined && `, else ${JSON.stringify(usual)}`}
    </>
  );
}

export function Properties({ schema }: { readonly schema: Json }): VNode | null {
  const properties = Object.entries(isObject(schema.properties) ? schema.properties : {});
  const required = Array.isArray(schema.required) ? schema.required : [];
  if (properties.length === 0) return null;
  return (
    <div class="scroll">
      <table>
        <tbody>
          {properties.map(([name, value]) => {
            const property = isObject(value) ? value : {};
            const inner = isObject(property.items) ? property.items : property;
            return (
              <tr key={name}>
                <th scope="row">
                  <code>{name}</code>
                </th>
                <td>{typeIn(property)}</td>
                <td>{required.includes(name) ? '' : 'optional'}</td>
                <td>
                  {inWords(String(property.description ?? ''))}
                  <Properties schema={inner} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** What stands between backticks is code. */
export const inWords = (text: string): (VNode | string)[] =>
  text.split('`').map((part, index) => (index % 2 === 0 ? part : <code key={index}>{part}</code>));
