/** For tests: a slow and obvious classic BPF machine. */
import type { Instruction } from './packet-filter.ts'

/** linux/filter.h: SKF_AD_OFF + SKF_AD_PKTTYPE, where a program reads which way the frame goes. */
const packetTypeOffset = 0xffff_f004

/** How many bytes of the frame the program lets through. `packetType`: that of linux/if_packet.h. */
export function runFilter(program: readonly Instruction[], frame: Buffer, packetType = 0): number {
  let a = 0
  let x = 0
  for (let index = 0; index < program.length; ) {
    const instruction = program[index++]
    if (!instruction) break
    const { code, k, jt = 0, jf = 0 } = instruction
    if (code === 'ret #k') return k
    if (code === 'jeq #k') index += a === k ? jt : jf
    else if (code === 'jset #k') index += (a & k) !== 0 ? jt : jf
    else if (code === 'and #k') a = (a & k) >>> 0
    else if (k === packetTypeOffset) a = packetType
    else {
      const at = code.includes('x + k') ? x + k : k
      const size = code.startsWith('ldh') ? 2 : code.startsWith('ldb') ? 1 : 4
      if (at + size > frame.length) return 0
      if (code === 'ldxb 4*([k]&0xf)') x = 4 * (frame.readUInt8(at) & 0xf)
      else a = frame.readUIntBE(at, size)
    }
  }
  return 0
}
