import { actionTimes } from './action-times.ts'
import { genericAction, renderVerdict, type Verdict } from './action-verdict.ts'
import { attributes, type Encodable } from './attribute.ts'
import { choice, type FixedType, ipAddress, u32 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
import { encodeIp, parsePrefix } from './ip-address.ts'
import { struct } from './struct.ts'

/** An IPv4 address as a field of a structure. */
const ipv4: FixedType<string> = {
  size: 4,
  read: ipAddress.read,
  write(writer, value) {
    const bytes = encodeIp(value)
    if (bytes.length !== 4) throw new RangeError(`not an IPv4 address: "${value}"`)
    writer.append(bytes)
  },
}

/** Stateless translation of IPv4 addresses: `TCA_NAT_*` (linux/tc_act/tc_nat.h). */
export const natAttributes = attributes({
  parameters: [
    1,
    'TCA_NAT_PARMS',
    struct('tc_nat', {
      ...genericAction.fields,
      oldAddress: ipv4,
      newAddress: ipv4,
      /** Bits that are replaced. */
      mask: ipv4,
      direction: choice(u32, { ingress: 0, egress: 1 }),
    }),
  ],
  times: [2, 'TCA_NAT_TM', actionTimes],
})

export interface Nat {
  /** `ingress` translates destinations, `egress` sources. */
  direction: 'ingress' | 'egress'
  /** Address or prefix; packets with others are left alone. */
  oldPrefix: string
  /** Address that takes the place; of a prefix, only the prefix's bits are taken. */
  newAddress: string
  /** `pass` when absent, as with `tc`. */
  verdict?: Verdict
}

/** Like `action nat ingress OLD NEW`. */
export function nat({ direction, oldPrefix, newAddress, verdict = 'pass' }: Nat) {
  const { address: oldAddress, length } = parsePrefix(oldPrefix)
  const mask = decodeMask(length)
  return {
    kind: 'nat',
    options: { nat: { parameters: { verdict, oldAddress, newAddress, mask, direction } } },
  }
}

/** `255.255.255.0` for 24. */
function decodeMask(length: number): string {
  return [0, 8, 16, 24].map((before) => 256 - 2 ** Math.min(8, Math.max(0, 8 - (length - before)))).join('.')
}

/** 24 for `255.255.255.0`. */
function lengthOf(mask: string): number {
  return mask
    .split('.')
    .reduce((length, byte) => length + Number(byte).toString(2).replaceAll('0', '').length, 0)
}

export function renderNat({ parameters = {} }: Encodable<typeof natAttributes>): Words {
  const { direction = 'ingress', oldAddress, newAddress, mask = '0.0.0.0' } = parameters
  if (oldAddress === undefined) return []
  return [
    option(String(direction), `${oldAddress}/${lengthOf(mask)}`),
    newAddress,
    renderVerdict(parameters, 'pass'),
  ]
}
