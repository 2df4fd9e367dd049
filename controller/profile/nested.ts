type Group = Readonly<Record<string, unknown>>
const isGroup = (value: unknown): value is Group => typeof value === 'object' && value !== null

/** What stands in a document at `path`; undefined: nothing. */
export function valueAt(document: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return document
  return isGroup(document) ? valueAt(document[key], rest) : undefined
}

/** A copy with the value at `path`; undefined takes it out, and a group that is then empty with it. */
export function withValue(document: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value
  const group = isGroup(document) ? document : {}
  const inner = withValue(group[key], rest, value)
  if (inner !== undefined) return { ...group, [key]: inner }
  const { [key]: _, ...others } = group
  return Object.keys(others).length > 0 ? others : undefined
}
