/** Writes netlink/reference.md from the docstrings and signatures of what netlink/index.ts exports. */
import { readFileSync, writeFileSync } from 'node:fs'
import { type ESTree, parseSync } from 'rolldown/utils'

const folder = new URL('../netlink/', import.meta.url)

/** The first row whose pattern fits the name of a file has what the file exports. */
const groups: [title: string, files: RegExp][] = [
  ['Sockets and transactions', /^(socket|transaction|message|netlink-error|slice)\.ts$/],
  ['Links', /^(link(-(bridge|bridge-port|macvlan|settings|veth|vlan|vrf))?\.ts$|interface-flag|bridge)/],
  ['Tunnels', /^(tunnel|link-)/],
  ['Addresses', /^address/],
  ['Routes', /^(route|nexthop)/],
  ['Rules', /^rule/],
  ['Neighbours', /^neighbour/],
  ['Qdiscs', /^(qdisc|netem|tc-)/],
  ['Classes', /^class/],
  ['Filters', /^(filter|chain|ematch|ether-type)/],
  ['Actions', /^(action|shared-action|pedit)/],
  ['Namespaces', /^namespace/],
  ['Monitor', /^(monitor|net-configuration)/],
  ['Connections', /^connection/],
  ['Generic netlink', /^(generic|attribute|struct|command-line|tcp-metrics)/],
]

/** One thing that a file exports. */
export interface Entry {
  file: string
  name: string
  kind: 'function' | 'class' | 'type' | 'constant'
  /** As it stands in the source, without the body of a function. */
  signature: string
  /** Without the marks of the comment; empty when there is none. */
  docstring: string
}

/** What a file exports by declarations, in the order of the file. */
export function entriesOf(file: string): Entry[] {
  const source = readFileSync(new URL(file, folder), 'utf8')
  const { program, comments } = parseSync(file, source)
  const docstringBefore = (start: number): string => {
    const comment = comments.findLast(({ end }) => end <= start)
    if (comment === undefined || !comment.value.startsWith('*')) return ''
    return source.slice(comment.end, start).trim() === '' ? plainText(comment.value) : ''
  }
  return program.body.flatMap((statement): Entry[] => {
    if (statement.type !== 'ExportNamedDeclaration' || statement.declaration === null) return []
    const { declaration } = statement
    const docstring = docstringBefore(statement.start)
    const entry = (name: string, kind: Entry['kind'], signature: string) => [
      { file, name, kind, signature, docstring },
    ]
    const text = source.slice(declaration.start, declaration.end)
    switch (declaration.type) {
      case 'FunctionDeclaration':
        return entry(declaration.id?.name ?? '', 'function', functionSignature(source, declaration))
      case 'ClassDeclaration':
        return entry(
          declaration.id?.name ?? '',
          'class',
          classSignature(source, declaration, docstringBefore),
        )
      case 'TSInterfaceDeclaration':
      case 'TSTypeAliasDeclaration':
        return entry(declaration.id.name, 'type', text)
      case 'VariableDeclaration':
        return declaration.declarations.flatMap(({ id }) =>
          id.type === 'Identifier' ? entry(id.name, 'constant', text) : [],
        )
      default:
        return []
    }
  })
}

/** The words of a comment: the lines of a paragraph are joined. */
function plainText(comment: string): string {
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\*+ ?/, '').trim())
  return lines
    .join('\n')
    .trim()
    .replace(/\n(?=@)/g, '\n\n')
    .replace(/([^\n])\n(?=[^\n])/g, '$1 ')
}

function functionSignature(source: string, { start, body, returnType, params }: ESTree.Function): string {
  let head = source.slice(start, body?.start).trim()
  // What is taken apart has the fields of its type, which has an entry of its own.
  for (const parameter of params) {
    const pattern = parameter.type === 'AssignmentPattern' ? parameter.left : parameter
    const type = pattern.type === 'ObjectPattern' ? pattern.typeAnnotation : null
    if (type?.typeAnnotation.type !== 'TSTypeReference') continue
    head = head.replace(source.slice(pattern.start, type.start), '{ ... }')
  }
  const answer = returnType === null ? requestOf(body?.body.at(-1), source) : undefined
  return answer === undefined ? head : `${head}: ${answer}`
}

/** Of a function that ends by making a request: its type, which the source leaves to inference. */
function requestOf(last: ESTree.Statement | undefined, source: string): string | undefined {
  if (last?.type !== 'ReturnStatement' || last.argument?.type !== 'CallExpression') return undefined
  const { callee, arguments: given } = last.argument
  const [format] = given
  if (callee.type !== 'Identifier' || format?.type !== 'Identifier') return undefined
  if (callee.name === 'command') return 'NetlinkRequest<void>'
  const value = new RegExp(`export type (\\w+) = Decoded<typeof ${format.name}>`).exec(source)
  return callee.name === 'query' && value ? `NetlinkRequest<${value[1]}>` : undefined
}

/** The class with its public members, without bodies. */
function classSignature(
  source: string,
  { start, body }: ESTree.Class,
  docstringBefore: (start: number) => string,
): string {
  const members = body.body.flatMap((member) => {
    if (member.type !== 'MethodDefinition' && member.type !== 'PropertyDefinition') return []
    if (member.key.type === 'PrivateIdentifier' || member.accessibility === 'private') return []
    const end = member.type === 'MethodDefinition' ? member.value.body?.start : member.end
    const docstring = docstringBefore(member.start)
    const comment = docstring === '' ? [] : [`  /** ${docstring.replace(/\n+/g, ' ')} */`]
    return [...comment, `  ${source.slice(member.start, end).trim()}`]
  })
  return `${source.slice(start, body.start)}{\n${members.join('\n')}\n}`
}

/** All that `index.ts` exports, in its order. */
export function publicEntries(): Entry[] {
  const { program } = parseSync('index.ts', readFileSync(new URL('index.ts', folder), 'utf8'))
  return program.body.flatMap((statement) => {
    if (statement.type !== 'ExportNamedDeclaration' || statement.source === null) return []
    const file = statement.source.value.slice('./'.length)
    const names = new Set(
      statement.specifiers.map(({ local }) => (local.type === 'Identifier' ? local.name : '')),
    )
    return entriesOf(file).filter(({ name }) => names.has(name))
  })
}

/** Of a `MessageFormat`, whose tables its type does not name one by one here. */
interface Format {
  header: { fields: Record<string, object> }
  attributes: { rows: Record<string, readonly [number: number, kernelName: string, type: unknown]> }
}

/** What an answer can hold: the fields of a message's header, and its attributes by our names and the kernel's. */
async function fieldsOf({ file, signature }: Entry): Promise<string> {
  const [, name = ''] = /= Decoded<typeof (\w+)>$/.exec(signature) ?? []
  if (name === '') return ''
  const format: Format = (await import(new URL(file, folder).href))[name]
  const header = Object.entries(format.header.fields)
    .filter(([, field]) => 'read' in field)
    .map(([field]) => `\`${field}\``)
  const rows = Object.entries(format.attributes.rows).map(
    ([field, [, kernelName]]) => `\`${field}\` (${kernelName})`,
  )
  return `\n\nAlways: ${header.join(', ')}. Where the kernel says it: ${rows.join(', ')}.`
}

/** The text of netlink/reference.md. @throws Error when no group has a file */
export async function netlinkReference(): Promise<string> {
  const anchors = new Map<string, number>()
  const anchor = (heading: string): string => {
    const plain = heading.toLowerCase().replaceAll(' ', '-')
    const before = anchors.get(plain) ?? 0
    anchors.set(plain, before + 1)
    return before === 0 ? plain : `${plain}-${before}`
  }
  const entries = publicEntries()
  const titleOf = ({ file }: Entry) => groups.find(([, files]) => files.test(file))?.[0]
  const homeless = entries.find((entry) => titleOf(entry) === undefined)
  if (homeless) throw new Error(`${homeless.file} has no group in scripts/netlink-reference.ts`)
  anchor('netlink reference')
  const contents: string[] = []
  const chapters: string[] = []
  for (const [title] of groups) {
    contents.push(`- [${title}](#${anchor(title)})`)
    const own = entries.filter((entry) => titleOf(entry) === title)
    const calls = own.filter(({ kind }) => kind !== 'type')
    const commands: string[] = []
    const texts: string[] = []
    for (const entry of [...calls, ...own.filter(({ kind }) => kind === 'type')]) {
      const place = anchor(entry.name)
      for (const [, command = ''] of entry.docstring.matchAll(/\bLike `([^`]+)`/g))
        commands.push(`| \`${command.replaceAll('|', '\\|')}\` | [${entry.name}](#${place}) |`)
      texts.push(await entryText(entry))
    }
    const table = commands.length === 0 ? [] : [`| like | call |\n|---|---|\n${commands.join('\n')}`]
    chapters.push([`## ${title}`, ...table, ...texts].join('\n\n'))
  }
  return `# netlink reference

Written by \`node scripts/netlink-reference.ts\` from the docstrings of what \`index.ts\` exports. How the parts go together
stands in [README.md](README.md).

${contents.join('\n')}

${chapters.join('\n\n')}
`
}

async function entryText(entry: Entry): Promise<string> {
  const { name, signature, docstring, file } = entry
  const words = docstring.replace(/@throws/g, 'Throws')
  const said = words === '' ? '' : `${words}\n\n`
  return `### ${name}\n\n${said}\`\`\`ts\n${signature}\n\`\`\`${await fieldsOf(entry)}\n\n[${file}](${file})`
}

if (import.meta.main) writeFileSync(new URL('reference.md', folder), await netlinkReference())
