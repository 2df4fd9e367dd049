/** Generated actions of every kind, with their words of `tc`. */
import fc from 'fast-check'
import type { NewAction } from '../action.ts'
import { type Checksum, csum } from '../action-csum.ts'
import { gact } from '../action-gact.ts'
import { mirred } from '../action-mirred.ts'
import { nat } from '../action-nat.ts'
import { pedit } from '../action-pedit.ts'
import { police } from '../action-police.ts'
import { skbedit } from '../action-skbedit.ts'
import { tunnelKey } from '../action-tunnel-key.ts'
import { commandLine } from '../command-line.ts'
import { munge } from '../pedit-field.ts'
import { tcHandle } from '../tc-handle.ts'
import { arbitraryPrefix, byte, hexadecimal, ipv4, shaping, some } from './generated.ts'

export interface WrittenAction {
  action: NewAction
  words: string
}

const port = fc.integer({ min: 1, max: 65_535 })
const uint32 = fc.integer({ min: 1, max: 0xffffffff })
const host = fc.integer({ min: 0x0a000001, max: 0x0afffffe }).map(ipv4)
const verdict = fc.constantFrom('pass', 'drop', 'pipe', 'continue', 'reclassify')

const edits = fc.oneof(
  byte.map((ttl) => ({ keys: munge('ip', 'ttl', ttl), words: `munge ip ttl set ${ttl}` })),
  byte.map((ttl) => ({
    keys: munge('ip', 'ttl', ttl, { command: 'add' }),
    words: `munge ip ttl add ${ttl}`,
  })),
  byte.map((octet) => ({
    keys: munge('ip', 'dsfield', octet, { retain: 0xfc }),
    words: `munge ip tos set ${octet} retain 0xfc`,
  })),
  host.map((address) => ({ keys: munge('ip', 'src', address), words: `munge ip src set ${address}` })),
  port.map((number) => ({ keys: munge('tcp', 'dport', number), words: `munge tcp dport set ${number}` })),
  port.map((number) => ({ keys: munge('udp', 'sport', number), words: `munge udp sport set ${number}` })),
  fc.constant({
    keys: munge('eth', 'dst', '02:00:00:00:00:09'),
    words: 'munge eth dst set 02:00:00:00:00:09',
  }),
)

const checksums: fc.Arbitrary<Checksum[]> = fc.subarray(
  ['ip4h', 'icmp', 'igmp', 'tcp', 'udp', 'udplite', 'sctp'],
  {
    minLength: 1,
  },
)

export const arbitraryAction: fc.Arbitrary<WrittenAction> = fc.oneof(
  verdict.map((word) => ({ action: gact(word), words: `action gact ${word}` })),
  fc
    .record({ type: fc.constantFrom('netrand', 'determ'), every: fc.integer({ min: 1, max: 10_000 }) })
    .map((random) => ({
      action: gact('pass', { random: { ...random, verdict: 'drop' } }),
      words: `action gact pass random ${random.type} drop ${random.every}`,
    })),
  fc
    .tuple(
      fc.record({ mark: uint32 }),
      some({
        mask: uint32,
        priority: fc.integer({ min: 1, max: 0xffff }).map((minor) => tcHandle(1, minor)),
        queueMapping: fc.nat(65_534),
        packetType: fc.constantFrom('host', 'broadcast', 'multicast', 'otherhost'),
        inheritDsField: fc.boolean(),
      }),
      verdict,
    )
    .map(([{ mark }, others, word]) => ({
      action: skbedit({ mark, ...others, verdict: word }),
      words: commandLine(
        'action skbedit',
        others.queueMapping !== undefined && `queue_mapping ${others.queueMapping}`,
        others.priority && `priority 1:${(others.priority & 0xffff).toString(16)}`,
        `mark ${mark}${others.mask === undefined ? '' : `/${others.mask}`}`,
        others.packetType && `ptype ${others.packetType}`,
        others.inheritDsField && 'inheritdsfield',
        word,
      ),
    })),
  fc
    .tuple(fc.constantFrom('egress', 'ingress'), fc.constantFrom('redirect', 'mirror'))
    .map(([side, way]) => ({
      action: mirred({ direction: `${side} ${way}`, device: 'v1' }),
      words: `action mirred ${side} ${way} dev v1`,
    })),
  fc
    .tuple(
      shaping,
      some({
        mtuBytes: fc.integer({ min: 1000, max: 65_535 }),
        overheadBytes: fc.integer({ min: 1, max: 100 }),
      }),
      verdict,
      verdict,
    )
    .map(([rate, others, exceed, conform]) => ({
      action: police({ ...rate, ...others, exceed, conform }),
      words: commandLine(
        `action police rate ${rate.rateBitsPerSecond}bit burst ${rate.burstBytes}b`,
        others.mtuBytes && `mtu ${others.mtuBytes}b`,
        others.overheadBytes && `overhead ${others.overheadBytes}`,
        `conform-exceed ${exceed}/${conform}`,
      ),
    })),
  fc.tuple(fc.array(edits, { minLength: 1, maxLength: 4 }), verdict).map(([each, word]) => ({
    action: pedit(
      each.map(({ keys }) => keys),
      { verdict: word },
    ),
    words: commandLine('action pedit ex', ...each.map(({ words }) => words), word),
  })),
  fc
    .tuple(
      fc.record({ source: host, destination: host }),
      some({ id: uint32, destinationPort: port, tos: byte, ttl: byte, checksum: fc.boolean() }),
      verdict,
    )
    .map(([ends, others, word]) => ({
      action: tunnelKey({ ...ends, ...others, verdict: word }),
      words: commandLine(
        `action tunnel_key set src_ip ${ends.source} dst_ip ${ends.destination}`,
        others.id && `id ${others.id}`,
        others.destinationPort && `dst_port ${others.destinationPort}`,
        others.tos !== undefined && `tos ${hexadecimal(others.tos)}`,
        others.ttl !== undefined && `ttl ${others.ttl}`,
        others.checksum === false ? 'nocsum' : 'csum',
        word,
      ),
    })),
  fc
    .tuple(fc.constantFrom('ingress', 'egress'), arbitraryPrefix('inet'), host)
    .map(([direction, oldPrefix, newAddress]) => ({
      action: nat({ direction, oldPrefix, newAddress }),
      words: `action nat ${direction} ${oldPrefix} ${newAddress} pass`,
    })),
  fc.tuple(checksums, verdict).map(([names, word]) => ({
    action: csum(names, { verdict: word }),
    words: `action csum ${names.join(' and ')} ${word}`,
  })),
)
