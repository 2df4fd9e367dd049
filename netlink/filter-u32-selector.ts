import { type AttributeType, be16, be32, s32, u8, u16 } from './attribute-type.ts'
import { padding, type StructInput, type StructValue, struct } from './struct.ts'

/** `struct tc_u32_key`: a word of the packet. `offsetMask` -1 counts the offset from the next header. */
export const u32Key = struct('tc_u32_key', { mask: be32, value: be32, offset: s32, offsetMask: s32 })

/** `TC_U32_*` (linux/pkt_cls.h): the filter is final; the next header is at a fixed and at a read offset; it becomes the first. */
export const u32Flag = { TERMINAL: 1, OFFSET: 2, VAROFFSET: 4, EAT: 8 } as const

const header = struct('tc_u32_sel', {
  flags: u8,
  offsetShift: u8,
  keyCount: u8,
  hole: padding(1),
  offsetMask: be16,
  fixedOffset: u16,
  /** Where the length of the header stands, in bytes. */
  offsetAt: u16,
  /** Where the word stands that chooses the bucket, in bytes. */
  hashAt: u16,
  hashMask: be32,
})

type Keys<Key> = { keys: Key[] }
type Header = Omit<StructValue<typeof header.fields>, 'keyCount'>

/** `struct tc_u32_sel` with its keys, all of which must match. */
export const u32Selector: AttributeType<
  Header & Keys<StructValue<typeof u32Key.fields>>,
  Omit<StructInput<typeof header.fields>, 'keyCount'> & Keys<StructInput<typeof u32Key.fields>>
> = {
  read(bytes, start, end) {
    const { keyCount, ...value } = header.read(bytes, start, end)
    const first = start + header.size
    const keys = Array.from({ length: keyCount }, (_, index) =>
      u32Key.read(bytes, first + index * u32Key.size, end),
    )
    return { ...value, keys }
  },
  write(writer, { keys, ...value }) {
    header.write(writer, { ...value, keyCount: keys.length })
    for (const key of keys) u32Key.write(writer, key)
  },
}
