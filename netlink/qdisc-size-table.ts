/** What packets count as below a qdisc, where that is not their length: `TCA_STAB_*` (linux/pkt_sched.h, net/sched/sch_api.c). */
import { attributes, type Encodable } from './attribute.ts'
import { type AttributeType, choice, s16, s32, u8, u16, u32 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
import { struct } from './struct.ts'
import { type LinkLayer, renderLinkLayer, sizeOnLink } from './tc-rate.ts'

const entries: AttributeType<number[], readonly number[]> = {
  read: (bytes, start, end) =>
    Array.from({ length: (end - start) >> 1 }, (_, entry) => bytes.readUInt16LE(start + entry * 2)),
  write: (writer, table) => {
    for (const entry of table) u16.write(writer, entry)
  },
}

export const sizeTableAttributes = attributes({
  base: [
    1,
    'TCA_STAB_BASE',
    struct('tc_sizespec', {
      /** An entry is for 2^n lengths. */
      cellLog: u8,
      /** Sizes in the table are shifted by so many bits. */
      sizeLog: u8,
      cellAlign: s16,
      overheadBytes: s32,
      linkLayer: choice(u32, { ethernet: 0, atm: 2 }),
      minimumPacketBytes: u32,
      longestPacketBytes: u32,
      tableEntries: u32,
    }),
  ],
  table: [2, 'TCA_STAB_DATA', entries],
})

/** Makes a qdisc count packets as long as they are on a line behind it: `stab` of `tc`. */
export interface SizeTable extends LinkLayer {
  /** Longer packets are counted by multiples of the last entry; 2047 when absent. */
  longestPacketBytes?: number
  /** 512 when absent. */
  tableEntries?: number
}

const byDefault = { longestPacketBytes: 2047, tableEntries: 512 } as const

/** The table as `tc` makes it; an overhead alone needs none. */
export function sizeTableOf(settings: SizeTable): Encodable<typeof sizeTableAttributes> {
  const { overheadBytes, linkLayer, minimumPacketBytes } = settings
  if (linkLayer !== 'atm' && !minimumPacketBytes) return { base: { overheadBytes } }
  const { longestPacketBytes, tableEntries } = { ...byDefault, ...settings }
  let cellLog = 0
  while (longestPacketBytes >> cellLog > tableEntries - 1) cellLog++
  const sizes = Array.from({ length: tableEntries }, (_, entry) =>
    sizeOnLink((entry + 1) << cellLog, settings),
  )
  let sizeLog = 0
  while (Math.max(...sizes) >> sizeLog > 0xffff) sizeLog++
  return {
    base: {
      ...{ cellLog, sizeLog, cellAlign: -1, overheadBytes, linkLayer },
      ...{ minimumPacketBytes, longestPacketBytes, tableEntries },
    },
    table: sizes.map((size) => size >> sizeLog),
  }
}

export function renderSizeTable({ base }: Encodable<typeof sizeTableAttributes>): Words {
  const { linkLayer, overheadBytes, minimumPacketBytes, longestPacketBytes, tableEntries } = base ?? {}
  const other = (value: number | undefined, usual: number) =>
    value === usual ? undefined : value || undefined
  return [
    'stab',
    option('mtu', other(longestPacketBytes, byDefault.longestPacketBytes)),
    option('tsize', other(tableEntries, byDefault.tableEntries)),
    renderLinkLayer({
      ...(linkLayer === 'atm' ? { linkLayer } : {}),
      ...(overheadBytes ? { overheadBytes } : {}),
      ...(minimumPacketBytes ? { minimumPacketBytes } : {}),
    }),
  ]
}
