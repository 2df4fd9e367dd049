import { attributes } from './attribute.ts'
import { type AttributeType, choice, copyOf, u8, u16, u32 } from './attribute-type.ts'
import { u32Key } from './filter-u32-selector.ts'
import { malformed } from './netlink-error.ts'
import { struct } from './struct.ts'

/** `TCF_EM_OPND_*` (linux/pkt_cls.h) */
const relations = { eq: 0, gt: 1, lt: 2 } as const
export type Relation = keyof typeof relations
const relation = choice(u8, relations)

/** `TCF_META_ID_*` (linux/tc_ematch/tc_em_meta.h), by the names of `tc`, with the type number (0x1000) beside the value. */
const integer = 0x1000
const metaKinds = {
  value: integer,
  random: integer + 1,
  loadavg_1: integer + 2,
  loadavg_5: integer + 3,
  loadavg_15: integer + 4,
  dev: integer + 5,
  priority: integer + 6,
  protocol: integer + 7,
  pkt_type: integer + 8,
  pkt_len: integer + 9,
  data_len: integer + 10,
  mac_len: integer + 11,
  nf_mark: integer + 12,
  tc_index: integer + 13,
  rt_classid: integer + 14,
  rt_iif: integer + 15,
  vlan: integer + 46,
} as const
/** What the kernel knows of a packet; lengths in bytes. */
export type MetaName = Exclude<keyof typeof metaKinds, 'value'>

const metaValue = { kind: choice(u16, metaKinds), shift: u8, relation }

/** `TCA_EM_META_*`: a number that the kernel knows of the packet, compared with one of ours. */
export const metaAttributes = attributes({
  header: [
    1,
    'TCA_EM_META_HDR',
    struct('tcf_meta_hdr', {
      ...metaValue,
      rightKind: metaValue.kind,
      rightShift: metaValue.shift,
      rightRelation: metaValue.relation,
    }),
  ],
  /** All bits count when it is 0. */
  mask: [2, 'TCA_EM_META_LVALUE', u32],
  value: [3, 'TCA_EM_META_RVALUE', u32],
})

const sizes = { u8: 1, u16: 2, u32: 4, 'u8 trans': 17, 'u16 trans': 18, 'u32 trans': 20 } as const
const layers = { link: 0, network: 1, transport: 2 } as const
export type Layer = keyof typeof layers
const layerNames = Object.keys(layers) as Layer[]
export type WordSize = 'u8' | 'u16' | 'u32'

/**
 * `struct tcf_em_cmp` (linux/tc_ematch/tc_em_cmp.h): a word of the packet, compared with a number. Without `trans` the word is
 * in network order.
 */
export const cmp = struct('tcf_em_cmp', {
  value: u32,
  mask: u32,
  /** In bytes from the beginning of the layer's header. */
  offset: u16,
  size: choice(u8, sizes),
  /** The layer in the low four bits, the relation above. */
  layerAndRelation: choice(u8, {
    ...{ 'link eq': 0x00, 'network eq': 0x01, 'transport eq': 0x02 },
    ...{ 'link gt': 0x10, 'network gt': 0x11, 'transport gt': 0x12 },
    ...{ 'link lt': 0x20, 'network lt': 0x21, 'transport lt': 0x22 },
  }),
})

/** `struct tcf_em_nbyte` (linux/tc_ematch/tc_em_nbyte.h): bytes of the packet. The layer stands above the 12 bits of their length. */
export const nbyte: AttributeType<{ offset: number; layer: Layer | number; bytes: Buffer }> = {
  read(bytes, start, end, siblings) {
    const lengthAndLayer = u16.read(bytes, start + 2, end, siblings)
    const from = start + 4
    const layer = layerNames[lengthAndLayer >> 12] ?? lengthAndLayer >> 12
    const length = lengthAndLayer & 0xfff
    if (from + length > end) throw malformed(`${length} bytes to compare where ${end - from} are left`)
    return { offset: u16.read(bytes, start, end, siblings), layer, bytes: copyOf(bytes, from, from + length) }
  },
  write(writer, { offset, layer, bytes }) {
    if (bytes.length > 0xfff) throw new RangeError(`${bytes.length} bytes to compare, at most 4095`)
    u16.write(writer, offset)
    u16.write(writer, ((typeof layer === 'number' ? layer : layers[layer]) << 12) | bytes.length)
    writer.append(bytes)
    // As `tc` and the kernel do within a tree of matches.
    writer.align()
  },
}

/** `TCF_EM_*` (linux/pkt_cls.h): the payload by its number. A container names the place of the first of its members. */
export const ematchKinds = {
  container: [0, u32],
  cmp: [1, cmp],
  nbyte: [2, nbyte],
  u32: [3, u32Key],
  meta: [4, metaAttributes],
} as const
