/** Generated classes of HTB, all in one qdisc. */
import fc from 'fast-check'
import { addClass, classMessage, dumpClasses, RTM_CLASS } from '../class.ts'
import { type HtbClass, htbClass } from '../class-htb.ts'
import { commandLine } from '../command-line.ts'
import { tcHandle } from '../tc-handle.ts'
import { tcVerbFlags } from '../tc-verb.ts'
import { shaping, some } from './generated.ts'
import type { Kind } from './twins.ts'

interface Settings extends HtbClass {
  withTables?: boolean
}

const arbitrary: fc.Arbitrary<Settings> = fc
  .tuple(
    shaping,
    shaping,
    fc.record({
      quantumBytes: fc.integer({ min: 1000, max: 200_000 }),
      priority: fc.nat(7),
    }),
    some({
      linkLayer: fc.constantFrom('ethernet', 'atm'),
      overheadBytes: fc.nat(200),
      minimumPacketBytes: fc.nat(250),
      withTables: fc.boolean(),
    }),
  )
  .map(([rate, ceil, others, layer]) => ({
    ...{ ...rate, ceilBitsPerSecond: ceil.rateBitsPerSecond, ceilBurstBytes: ceil.burstBytes },
    ...{ ...others, ...layer },
  }))

/** The place in decimal digits, as `tc` shows it in hexadecimal. */
const classId = (place: number) => tcHandle(1, Number.parseInt(String(place), 16))

function line(settings: Settings, place: number): string {
  const { linkLayer, overheadBytes, minimumPacketBytes } = settings
  return commandLine(
    `tc class add dev v0 parent 1:1 classid 1:${place} htb`,
    `rate ${settings.rateBitsPerSecond / 8}bps ceil ${settings.ceilBitsPerSecond}bit`,
    `burst ${settings.burstBytes}b cburst ${settings.ceilBurstBytes}b`,
    `quantum ${settings.quantumBytes} prio ${settings.priority}`,
    overheadBytes !== undefined && `overhead ${overheadBytes}`,
    minimumPacketBytes !== undefined && `mpu ${minimumPacketBytes}`,
    linkLayer && `linklayer ${linkLayer}`,
  )
}

export const classes: Kind<Settings> = {
  name: 'class',
  count: 30,
  arbitrary,
  setUp: () => [
    'ip link add v0 index 900 type dummy',
    'tc qdisc add dev v0 root handle 1: htb',
    'tc class add dev v0 parent 1: classid 1:1 htb rate 1gbit',
  ],
  request: ({ withTables = false, ...settings }, place) =>
    addClass({
      ...{ device: 'v0', parent: tcHandle(1, 1), classId: classId(place) },
      type: htbClass(settings, { withTables }),
    }),
  line,
  json: [],
  text: ['tc class show dev v0'],
  place: /^class htb 1:(\d{4})\b/,
  async printed(socket, places) {
    const own = new Set(places.map(classId))
    const dumped = await Array.fromAsync(socket.dump(dumpClasses({ device: 'v0' })))
    return dumped
      .filter((value) => own.has(value.classId))
      .map((value) => classMessage.render(RTM_CLASS.NEW, tcVerbFlags.add, value))
  },
}
