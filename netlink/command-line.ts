/** How messages are printed as lines of `ip` and `tc`. */

type Word = string | number | undefined | false
export type Words = (Word | Words)[]

/** One line of the words that are there. */
export function commandLine(...words: Words): string {
  return words
    .map((word) => (Array.isArray(word) ? commandLine(...word) : word))
    .filter((word) => word !== undefined && word !== false && word !== '')
    .join(' ')
}

/** `mtu 1480`, or nothing where there is no value. */
export function option(name: string, value: string | number | bigint | undefined): string | undefined {
  return value === undefined ? undefined : `${name} ${value}`
}

/** An interface as `ip` accepts it; one that is known by its index only reads `if7`, which `ip` accepts too. */
export function deviceName(reference: string | number | undefined): string | undefined {
  if (typeof reference === 'string') return reference
  return reference === undefined || reference === 0 ? undefined : `if${reference}`
}

/**
 * The options that `words` names, in its order: `{ priority: 'prio' }` prints a `priority` of 7 as `prio 7`. `truth` makes the word
 * of a boolean, `onOff` or `Number`.
 */
export function options<Name extends string>(
  words: Readonly<Record<Name, string>>,
  values: Readonly<Partial<Record<NoInfer<Name>, string | number | bigint | boolean | undefined>>>,
  truth: (value: boolean) => string | number,
): Words {
  const named: [string, string][] = Object.entries(words)
  const given: Readonly<Record<string, string | number | bigint | boolean | undefined>> = values
  return named.map(([name, word]) => {
    const value = given[name]
    return option(word, typeof value === 'boolean' ? truth(value) : value)
  })
}

/** A switch as `ip` writes most of them. */
export function onOff(value: boolean): string {
  return value ? 'on' : 'off'
}
