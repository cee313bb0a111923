import { z } from 'zod';

/** What the schema is made of: each refuses with what is allowed. */

export const DAY_SECONDS = 86_400;

/** An object that refuses unknown keys and then says which are known. */
export const section = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `is not known here; known are ${Object.keys(shape).join(', ')}`
        : `must be an object with ${Object.keys(shape).join(', ')}`,
  });

export const whole = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error });
};

export const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

const SHARE_RULE = 'must be a number from 0 to 1';
export const share = z.number({ error: SHARE_RULE }).min(0, { error: SHARE_RULE }).max(1, { error: SHARE_RULE });

export const flag = z.boolean({ error: 'must be true or false' });
export const words = z.string({ error: 'must be a text' }).min(1, { error: 'must not be empty' });
export const list = <Item extends z.ZodType>(item: Item) => z.array(item, { error: 'must be a list' });
export const atLeastOne = <Item extends z.ZodType>(item: Item) =>
  list(item).min(1, { error: 'must have at least one entry' });

/** Each value of a section, or none. */
export const absentOr = <Shape extends Readonly<Record<string, z.ZodType>>>(shape: Shape) =>
  Object.fromEntries(Object.entries(shape).map(([key, value]) => [key, z.exactOptional(value)])) as {
    [Key in keyof Shape]: z.ZodExactOptional<Shape[Key]>;
  };
