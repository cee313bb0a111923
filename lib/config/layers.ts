/** Configuration comes in layers, each from one place; a later one overrides an earlier one. */
export interface Layer {
  /** The file or the variable. */
  readonly origin: string;
  readonly value: unknown;
}

/** A file's text; throws where it cannot be read. */
export type ReadFile = (path: string) => string;

type Section = Readonly<Record<string, unknown>>;
export type Path = readonly PropertyKey[];

const isSection = (value: unknown): value is Section =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Sections are merged key by key, everything else is replaced whole. What stands in a section's place stays, to be refused. */
function merge(below: unknown, above: unknown): unknown {
  if (!isSection(above) || below === undefined) return above;
  if (!isSection(below)) return below;
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) merged[key] = merge(below[key], value);
  return merged;
}

export const mergeLayers = (layers: readonly Layer[]): unknown =>
  layers.reduce<unknown>((below, layer) => merge(below, layer.value), undefined);

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, key) => (at as Readonly<Record<PropertyKey, unknown>> | undefined | null)?.[key],
    value,
  );
}

/** The place that the merged value at `path` comes from; for a value that is missing, the place of what should hold it. */
export function originOf(layers: readonly Layer[], path: Path): string | undefined {
  const merged = mergeLayers(layers);
  for (let length = path.length; length > 0; length--) {
    const prefix = path.slice(0, length);
    const inSection = isSection(valueAt(merged, prefix));
    const found = layers.findLast((layer) => {
      const value = valueAt(layer.value, prefix);
      return value !== undefined && isSection(value) === inSection;
    });
    if (found !== undefined) return found.origin;
  }
  return layers.at(-1)?.origin;
}
