/** Extended matches: conditions joined by and, or and not (`TCA_EMATCH_TREE_*`; linux/pkt_cls.h, net/sched/ematch.c). */
import { attributes, type Decoded, type Encodable } from './attribute.ts'
import { arrayOf } from './attribute-array.ts'
import { type AttributeType, u16 } from './attribute-type.ts'
import type { Words } from './command-line.ts'
import { ematchKinds, type Layer, type MetaName, type Relation, type WordSize } from './ematch-kind.ts'
import { padding, struct } from './struct.ts'

/** `TCF_EM_REL_*` and TCF_EM_INVERT: how a match is joined to the next, and whether it must not hold. */
const flag = { AND: 1, OR: 2, INVERT: 4 } as const
const header = struct('tcf_ematch_hdr', { id: u16, kind: u16, flags: u16, hole: padding(2) })

type Kinds = typeof ematchKinds
type Payload<Way extends 'read' | 'write'> = {
  [Kind in keyof Kinds]?: Way extends 'read' ? Decoded<Kinds[Kind][1]> : Encodable<Kinds[Kind][1]>
}
interface Joined {
  id?: number
  flags: number
  /** Of a kind without a row: its number and payload. */
  unknown?: { kind: number; payload: Buffer }
}

const ematch: AttributeType<Joined & Payload<'read'>, Joined & Payload<'write'>> = {
  read(bytes, start, end) {
    const { id, kind: number, flags } = header.read(bytes, start, end)
    const from = start + header.size
    for (const [name, [kind, type]] of Object.entries(ematchKinds))
      if (kind === number) return { id, flags, [name]: type.read(bytes, from, end, {}) }
    return { id, flags, unknown: { kind: number, payload: Buffer.from(bytes.subarray(from, end)) } }
  },
  write(writer, { id, flags, unknown, container, cmp, nbyte, u32, meta }) {
    const kind = (number: number) => header.write(writer, { id, kind: number, flags })
    if (unknown) {
      kind(unknown.kind)
      writer.append(unknown.payload)
    }
    for (const [name, value] of Object.entries({ container, cmp, nbyte, u32, meta })) {
      if (value === undefined) continue
      const [number, type]: readonly [number, AttributeType<unknown>] = ematchKinds[name as keyof Kinds]
      kind(number)
      type.write(writer, value)
    }
  },
}

export const ematchTree = attributes({
  header: [1, 'TCA_EMATCH_TREE_HDR', struct('tcf_ematch_tree_hdr', { count: u16, programId: u16 })],
  list: [2, 'TCA_EMATCH_TREE_LIST', arrayOf(ematch)],
})

/** A condition on a packet. `trans`: the word is in the order of the host. */
export type Match =
  | { meta: MetaName; mask?: number; relation: Relation; value: number }
  | {
      cmp: WordSize
      offset: number
      layer: Layer
      mask?: number
      trans?: boolean
      relation: Relation
      value: number
    }
  /** These bytes, a text in UTF-8, at an offset from the layer's header. */
  | { nbyte: Buffer | string; offset: number; layer: Layer }
  | { u32: { value: number; mask: number; offset: number; fromNextHeader?: boolean } }
  | { all: Match[] }
  | { any: Match[] }
  | { not: Match }

type Ematch = Encodable<typeof ematch>

/** The tree as the kernel wants it: members of a group follow each other, those of groups in it come after them. */
export function encodeMatch(match: Match): Encodable<typeof ematchTree> {
  const list: Ematch[] = []
  append(list, match)
  return { header: { count: list.length }, list }
}

function append(list: Ematch[], group: Match): void {
  const members = 'all' in group ? group.all : 'any' in group ? group.any : [group]
  const relation = 'any' in group ? flag.OR : flag.AND
  const first = list.length
  const groups = members.flatMap((member, index) => {
    const inverted = 'not' in member
    const bare = inverted ? member.not : member
    const flags = (index === members.length - 1 ? 0 : relation) | (inverted ? flag.INVERT : 0)
    const isGroup = 'all' in bare || 'any' in bare || 'not' in bare
    list.push({ flags, ...(isGroup ? { container: 0 } : payload(bare)) })
    return isGroup ? [{ position: first + index, flags, bare }] : []
  })
  for (const { position, flags, bare } of groups) {
    list[position] = { flags, container: list.length }
    append(list, bare)
  }
}

function payload(match: Exclude<Match, { all: Match[] } | { any: Match[] } | { not: Match }>) {
  if ('u32' in match) {
    const { fromNextHeader, ...key } = match.u32
    return { u32: { ...key, offsetMask: fromNextHeader ? -1 : 0 } }
  }
  if ('nbyte' in match)
    return { nbyte: { offset: match.offset, layer: match.layer, bytes: Buffer.from(match.nbyte) } }
  const { relation, mask, value } = match
  if ('meta' in match)
    return {
      meta: { header: { kind: match.meta, relation, rightKind: 'value' as const }, mask: mask ?? 0, value },
    }
  const size = match.trans ? (`${match.cmp} trans` as const) : match.cmp
  return {
    cmp: { value, mask, offset: match.offset, size, layerAndRelation: `${match.layer} ${relation}` as const },
  }
}

/** Of a hostile tree, in which groups share members, each group is printed once. */
export function renderMatch({ list = [] }: Encodable<typeof ematchTree>): Words {
  const seen = new Set<number>()
  const render = (first: number): string => {
    if (seen.has(first)) return '...'
    seen.add(first)
    let line = ''
    for (let position = first; position < list.length; position++) {
      const { flags, container, ...match } = list[position] ?? { flags: 0 }
      line += `${flags & flag.INVERT ? 'not ' : ''}${container === undefined ? renderTerm(match) : `(${render(container)})`}`
      if ((flags & (flag.AND | flag.OR)) === 0) break
      line += flags & flag.OR ? ' or ' : ' and '
    }
    return line
  }
  return ['match', render(0)]
}

const hex = (value = 0) => `0x${value.toString(16).padStart(8, '0')}`

function renderTerm({ meta, cmp, nbyte, u32, unknown }: Omit<Ematch, 'flags'>): string {
  if (meta) {
    const { kind, relation } = meta.header ?? {}
    return `meta(${kind}${meta.mask ? ` mask 0x${meta.mask.toString(16)}` : ''} ${relation} ${meta.value})`
  }
  if (cmp) {
    const [layer, relation] = String(cmp.layerAndRelation ?? 'link eq').split(' ')
    const [size, trans] = String(cmp.size).split(' ')
    const mask = cmp.mask ? ` mask 0x${cmp.mask.toString(16)}` : ''
    return `cmp(${size} at ${cmp.offset ?? 0} layer ${layer}${mask}${trans ? ' trans' : ''} ${relation} ${cmp.value ?? 0})`
  }
  if (nbyte) return `nbyte("${nbyte.bytes}" at ${nbyte.offset} layer ${nbyte.layer})`
  if (u32)
    return `u32(u32 ${hex(u32.value)} ${hex(u32.mask)} at ${u32.offsetMask ? 'nexthdr+' : ''}${u32.offset ?? 0})`
  return `ematch(${unknown?.kind})`
}
