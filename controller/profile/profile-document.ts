/** What docs/profile.schema.json and the tables of docs/profiles.md say, out of the schema. */
import { z } from 'zod'
import { serviceProfile } from './service-profile.ts'
import { trigger } from './trigger.ts'

type JsonSchema = z.core.JSONSchema.JSONSchema

/** JSON Schema of a profile as it is written, for editors. */
export function schemaText(): string {
  return `${JSON.stringify({ title: 'Sojourn service profile', ...schemaOf(serviceProfile) }, undefined, 2)}\n`
}

/** The page with its tables as they are now: each stands between two comments that name it. */
export function withTables(page: string): string {
  return Object.entries({ fields: fieldTable(), when: triggerTable() }).reduce(
    (text, [name, table]) =>
      text.replace(
        new RegExp(`(<!-- table: ${name} -->\\n)[\\s\\S]*?(<!-- end -->)`),
        (_, begin: string, end: string) => `${begin}\n${table}\n\n${end}`,
      ),
    page,
  )
}

function schemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input' })
}

/** One row per field of a profile; what a condition waits for has a table of its own. */
function fieldTable(): string {
  const rows = fieldRows(schemaOf(serviceProfile), '').filter(
    ([path = '']) => !path.startsWith('conditions[].set.'),
  )
  const unique = rows.filter(([path], index) => rows.findIndex(([other]) => other === path) === index)
  return table(['field', 'value', 'default', 'meaning'], unique)
}

function fieldRows(schema: JsonSchema, path: string): string[][] {
  const required = new Set(schema.required)
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    const field = asSchema(value)
    const at = path === '' ? name : `${path}.${name}`
    const items = asSchema(field.items)
    const own = [at, valueText(field), defaultText(field, required.has(name)), field.description ?? '']
    if (field.type === 'object') return [...(field.description ? [own] : []), ...fieldRows(field, at)]
    if (field.type !== 'array') return [own]
    const forms = (items.anyOf ?? [items]).map(asSchema)
    const inner = forms.map((form) => fieldRows(form, `${at}[]`))
    return [own, ...inner.flatMap((rows) => rows.map((row) => markChoice(row, inner)))]
  })
}

/** What only some of the forms require is one of a choice. */
function markChoice([path = '', value = '', standard = '', meaning = '']: string[], forms: string[][][]) {
  const everywhere = forms.every((rows) => rows.some(([other]) => other === path))
  return [path, value, standard === 'required' && !everywhere ? 'either' : standard, meaning]
}

function defaultText(schema: JsonSchema, isRequired: boolean): string {
  if (schema.default === undefined) return isRequired ? 'required' : ''
  return Array.isArray(schema.default) ? 'none' : `\`${String(schema.default)}\``
}

/** One row per form of `when`. */
function triggerTable(): string {
  const forms = schemaOf(trigger).anyOf ?? []
  const rows = forms.map(asSchema).flatMap(({ properties = {} }) =>
    Object.entries(properties).flatMap(([kind, value]) => {
      const leaf = asSchema(value)
      const alternatives = leaf.anyOf ?? leaf.oneOf
      if (alternatives === undefined) return [[kind, argumentText(leaf), leaf.description ?? '']]
      return alternatives
        .map(asSchema)
        .map((form) => [kind, argumentText(form), form.description ?? leaf.description ?? ''])
    }),
  )
  return table(['`when`', 'takes', 'holds'], rows)
}

function argumentText({ properties, required = [], type }: JsonSchema): string {
  if (properties === undefined) return type === 'array' ? 'list of `when`' : '`when`'
  return Object.entries(properties)
    .map(([name, value]) => `\`${name}\`${required.includes(name) ? '' : '?'}: ${valueText(asSchema(value))}`)
    .join('; ')
}

function valueText(schema: JsonSchema): string {
  if (schema.examples) return `such as \`${schema.examples.map(String).join('`, `')}\``
  if (schema.const !== undefined) return `\`${String(schema.const)}\``
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ')
  const forms = schema.anyOf ?? schema.oneOf
  if (forms) return forms.map((form) => valueText(asSchema(form))).join(' or ')
  if (schema.$ref !== undefined) return 'see below'
  if (schema.type === 'array') {
    const text = valueText(asSchema(schema.items))
    const limit = schema.maxItems === undefined ? '' : `, at most ${schema.maxItems}`
    return text.startsWith('fields') ? `list${limit}` : `list of ${text}${limit}`
  }
  if (schema.type === 'integer') return `${schema.minimum} to ${schema.maximum}`
  if (schema.type === 'number') return 'number'
  if (schema.type === 'object') return 'fields'
  return schema.type === 'string' ? 'text' : ''
}

/** A schema can be `true`: anything. */
function asSchema(schema: unknown): JsonSchema {
  return typeof schema === 'object' && schema !== null ? { ...schema } : {}
}

/** The first column is code. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [
    line(head),
    line(head.map(() => '---')),
    ...rows.map(([first = '', ...rest]) => line([`\`${first}\``, ...rest])),
  ].join('\n')
}
