/**
 * The program (classic BPF, linux/filter.h) that a packet socket of an access link runs in the kernel: it lets agent discovery and
 * registrations through and nothing else, so that no packet of a user is ever copied to this process.
 */
import { etherTypes } from '#wire/ip/ethernet.ts'
import { icmpTypes } from '#wire/ip/icmp.ts'
import { ipProtocols } from '#wire/ip/ipv4.ts'
import { registrationPort } from '#wire/mobile-ip/registration.ts'

/** Instruction codes, in the words of `tcpdump -d`. */
export const instructionCodes = {
  'ld [k]': 0x20,
  'ldh [k]': 0x28,
  'ldb [k]': 0x30,
  'ldxb 4*([k]&0xf)': 0xb1,
  'ldh [x + k]': 0x48,
  'ldb [x + k]': 0x50,
  'and #k': 0x54,
  'jeq #k': 0x15,
  'jset #k': 0x45,
  'ret #k': 0x06,
} as const

/** One `struct sock_filter`; `jt` and `jf` count the instructions to skip. */
export interface Instruction {
  code: keyof typeof instructionCodes
  k: number
  jt?: number
  jf?: number
}

/** Offsets in an Ethernet frame that carries IPv4 without a VLAN tag. */
const offset = { etherType: 12, ipv4: 14, fragment: 20, protocol: 23 } as const
const fragmentOffsetMask = 0x1fff
const wholeFrame = 0x40000

export const signallingFilter: readonly Instruction[] = [
  { code: 'ldh [k]', k: offset.etherType },
  { code: 'jeq #k', k: etherTypes.ipv4, jf: 12 },
  { code: 'ldh [k]', k: offset.fragment },
  { code: 'jset #k', k: fragmentOffsetMask, jt: 10 },
  { code: 'ldxb 4*([k]&0xf)', k: offset.ipv4 },
  { code: 'ldb [k]', k: offset.protocol },
  { code: 'jeq #k', k: ipProtocols.udp, jt: 4 },
  { code: 'jeq #k', k: ipProtocols.icmp, jf: 6 },
  { code: 'ldb [x + k]', k: offset.ipv4 },
  { code: 'jeq #k', k: icmpTypes.routerAdvertisement, jt: 3 },
  { code: 'jeq #k', k: icmpTypes.routerSolicitation, jt: 2, jf: 3 },
  { code: 'ldh [x + k]', k: offset.ipv4 + 2 },
  { code: 'jeq #k', k: registrationPort, jf: 1 },
  { code: 'ret #k', k: wholeFrame },
  { code: 'ret #k', k: 0 },
]

const instructionBytes = 8

/** The instructions as an array of `struct sock_filter`, in the byte order of this machine (little endian). */
export function encodeInstructions(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * instructionBytes)
  for (const [index, { code, k, jt = 0, jf = 0 }] of program.entries()) {
    const start = index * instructionBytes
    bytes.writeUInt16LE(instructionCodes[code], start)
    bytes.writeUInt8(jt, start + 2)
    bytes.writeUInt8(jf, start + 3)
    bytes.writeUInt32LE(k, start + 4)
  }
  return bytes
}
