/** What `ip` and `tc` show of many objects, one after the other and each by its place in the set. */

/** By place; the texts of a place's objects, sorted: some lists have the order of a hash. */
export type Shown = ReadonlyMap<number, string>

/** The texts by their place, which is the digits that `place` captures. What has none was there before. */
export function byPlace(texts: readonly string[], place: RegExp): Shown {
  const found = new Map<number, string[]>()
  for (const text of texts) {
    const digits = place
      .exec(text)
      ?.slice(1)
      .find((group) => group !== undefined)
    if (digits === undefined) continue
    const own = found.get(Number(digits))
    if (own) own.push(text)
    else found.set(Number(digits), [text])
  }
  return new Map([...found].map(([number, own]) => [number, own.sort().join('\n')]))
}

/** The objects of JSON arrays that follow each other, as text: iproute2 repeats keys, which parsing would hide. */
export function jsonObjects(output: string): string[] {
  const objects: string[] = []
  let depth = 0
  let start = 0
  for (const { 0: token, index } of output.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === '{' && depth++ === 0) start = index
    if (token === '}' && --depth === 0) objects.push(output.slice(start, index + 1))
  }
  return objects
}

/** The objects of a listing: each begins at the left margin, and its further lines are indented. */
export function textObjects(output: string): string[] {
  return output.split(/^(?=[a-z])/m)
}

/** JSON with the keys in the order of the alphabet. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : typeof inner === 'bigint'
        ? Number(inner)
        : inner,
  )
}
