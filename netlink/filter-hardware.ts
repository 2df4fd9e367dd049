import type { Words } from './command-line.ts'

/** Where a filter may work: in the network card (`only`), in the kernel (`skip`); both where it can when absent. */
export type Hardware = 'only' | 'skip'

/** `TCA_CLS_FLAGS_*` (linux/pkt_cls.h). The kernel answers with two more: 4 in hardware, 8 not in hardware. */
const bits = { skip: 1, only: 2 } as const

/** The flags of a filter; undefined leaves the place to the kernel. */
export function hardwareFlags(hardware: Hardware | undefined): number | undefined {
  return hardware && bits[hardware]
}

/** `skip_hw` or `skip_sw`. */
export function renderHardware(flags = 0): Words {
  return [(flags & bits.skip) !== 0 && 'skip_hw', (flags & bits.only) !== 0 && 'skip_sw']
}
