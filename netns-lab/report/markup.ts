import { stripVTControlCharacters } from 'node:util'

/** Text that is HTML (or SVG) already. Whatever is not Markup is escaped when it is put into some. */
export class Markup {
  readonly #text: string

  constructor(trusted: string) {
    this.#text = trusted
  }

  toString(): string {
    return this.#text
  }
}

export type Insertable = Markup | string | number | undefined | readonly Insertable[]

/** Template tag: inserted strings are escaped, Markup and lists of it stand as they are, undefined is nothing. */
export function markup(literals: TemplateStringsArray, ...values: Insertable[]): Markup {
  return new Markup(literals.map((literal, index) => literal + insert(values[index])).join(''))
}

/** Escapes for element content and for quoted attributes; terminal colours and control characters are dropped, HTML allows neither. */
export function escapeText(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[^\P{Cc}\t\n]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

function insert(value: Insertable): string {
  if (value === undefined) return ''
  if (value instanceof Markup) return value.toString()
  if (typeof value === 'string') return escapeText(value)
  if (typeof value === 'number') return String(value)
  return value.map(insert).join('')
}
