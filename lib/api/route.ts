/**
 * A route of the API as one value: what it takes and gives, as zod schemas, who may, and what it does. `part.ts` serves the list of
 * routes, `openapi.ts` makes the document of the same list. To add a route: `defineRoute({…})` in a file below routes/, and its
 * name in the list of the part.
 */
import { z } from 'zod';
import type { ApiContext } from './context.js';
import { type Mistake, Problem, type ProblemCode } from './problems.js';
import type { Identity, Right } from './roles.js';

type Method = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';

/** A schema that has a name in the document. */
export interface Named<Schema extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly schema: Schema;
}

export interface Answer {
  readonly description: string;
  /** As JSON. */
  readonly json?: Named;
  /** Other forms, by the client's Accept. */
  readonly types?: readonly string[];
}

/** What a route gives: JSON, a text that may be long, or nothing. */
export interface Given {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: AsyncIterable<string> | string;
  /** Of the text. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of a text that comes in pieces, behind it: what nobody knows before (RFC 9110 §6.5). */
  readonly trailers?: Readonly<Record<string, () => string>>;
}

interface Asking<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly who: Identity;
  /** The type that the client likes best of those that the route has. */
  readonly type: string;
  readonly context: ApiContext;
}

type Shape = z.core.$ZodLooseShape;
type Out<Schema> = Schema extends Shape ? z.output<z.ZodObject<Schema, z.core.$strict>> : Record<never, never>;

interface Definition<Params, Query, Body> {
  /** The `operationId`. */
  readonly id: string;
  readonly method: Method;
  /** Below /api/v1, as OpenAPI writes it: `/groups/{pilot}`. */
  readonly path: string;
  readonly right: Right;
  readonly summary: string;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Named & { readonly schema: Body };
  /** By status; the problems that are not those of every route. */
  readonly answers: Readonly<Record<number, Answer>>;
  readonly problems?: readonly ProblemCode[];
}

/** A route whose types are known to itself alone. */
export interface Route extends Definition<Shape, Shape, z.ZodType> {
  run(raw: RawRequest): Promise<Given>;
}

interface RawRequest {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly who: Identity;
  readonly type: string;
  readonly context: ApiContext;
}

export function defineRoute<
  const Params extends Shape | undefined = undefined,
  const Query extends Shape | undefined = undefined,
  const Body extends z.ZodType = z.ZodUndefined,
>(
  route: Definition<Params, Query, Body> & {
    readonly handle: (asking: Asking<Out<Params>, Out<Query>, z.output<Body>>) => Promise<Given> | Given;
  },
): Route {
  const { handle, ...definition } = route;
  const params = z.strictObject(route.params ?? {});
  const query = z.strictObject(route.query ?? {});
  return {
    ...(definition as unknown as Definition<Shape, Shape, z.ZodType>),
    run: async (raw) => {
      const mistakes: Mistake[] = [];
      const read = (place: string, schema: z.ZodType, value: unknown): unknown => {
        const result = schema.safeParse(value);
        if (!result.success) mistakes.push(...mistakesOf(place, result.error.issues));
        return result.data;
      };
      const asked = {
        params: read('path', params, raw.params) as Out<Params>,
        query: read('query', query, unescaped(raw.query)) as Out<Query>,
        body: (route.body === undefined ? undefined : read('body', route.body.schema, raw.body)) as z.output<Body>,
      };
      const [first] = mistakes;
      if (first !== undefined) throw new Problem('INVALID', `${first.place}: ${first.detail}`, { ...first, mistakes });
      return handle({ ...asked, who: raw.who, type: raw.type, context: raw.context });
    },
  };
}

function mistakesOf(place: string, issues: readonly z.core.$ZodIssue[]): Mistake[] {
  return issues.flatMap((issue) => {
    const at = [place, ...issue.path];
    if (issue.code !== 'unrecognized_keys') return [{ place: placeOf(at), detail: issue.message }];
    return issue.keys.map((key) => ({ place: placeOf([...at, key]), detail: 'is not known here' }));
  });
}

const LONGEST_PLACE = 100;

const placeOf = (path: readonly PropertyKey[]): string =>
  path
    .reduce<string>(
      (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}${text && '.'}${String(key)}`),
      '',
    )
    .slice(0, LONGEST_PLACE);

/** In a query `+` means a space; where only a plus can stand, as in +371… and in the offset of a time, people write it as it is. */
function unescaped(query: unknown): unknown {
  const plus = (value: unknown): unknown =>
    typeof value === 'string' ? value.replace(/^ (?=\d)/, '+').replace(/(T[\d:.]+) (?=\d\d:\d\d$)/, '$1+') : value;
  return Object.fromEntries(Object.entries(query ?? {}).map(([name, value]) => [name, plus(value)]));
}
