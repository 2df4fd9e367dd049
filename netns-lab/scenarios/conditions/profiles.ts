import { foreignAgents } from '../../topology/hosts.ts'
import type { Variation } from '../../topology/variation.ts'
import { inMegabits } from './subscribers.ts'

/** Downlink rates of the story in bits per second. */
export const rates = {
  commuter: 8e6,
  quarantine: 4e6,
  congested: 2e6,
  linkDown: 3e6,
  reader: 8e6,
  nearlyUsedUp: 4e6,
  usedUp: 2e6,
} as const

/** Uplink rates and priority of the reader: the window that ends limits the one, the window that begins lowers the other. */
export const uplink = { reader: 3e6, inTheWindow: 1e6 } as const
export const priority = { reader: 3, inTheWindow: 6 } as const

/** `seconds`: how long the quarantine lasts after the failure that brings it. */
export const failures = { count: 2, withinSeconds: 8, seconds: 8 } as const
export const volume = { bytes: 8e6, nearly: 0.8 } as const

/** The access link of a1 has a rate that two talkers use up. */
export const accessRate = 20e6
/** The link is congested from the first on, and free again below the second. */
export const congestion = { from: 0.7, clearBelow: 0.4, seconds: 1 } as const

export const variation: Variation = {
  configurations: {
    a1: {
      access: { interface: 'access', address: foreignAgents.a1.access, rate: inMegabits(accessRate) },
      networkReports: { intervalSeconds: 1 },
    },
    // The scenario lasts longer than its standard registration, and is not about that.
    mn2: { lifetimeSeconds: 1800 },
  },
}

const percent = (share: number): string => `${share * 100}%`
const downlink = (rate: number): object => ({ class: { downlink: { rate: inMegabits(rate) } } })

/** What links do to both subscribers, if it is their link. */
const ofTheLink = [
  { name: 'link-down', when: { network: { down: true } }, set: downlink(rates.linkDown) },
  {
    name: 'congested',
    when: {
      network: {
        utilization: percent(congestion.from),
        clearBelow: percent(congestion.clearBelow),
        for: `${congestion.seconds}s`,
      },
    },
    set: downlink(rates.congested),
  },
]

/** @param change a full minute, milliseconds since 1970: one window ends and another begins there */
export function profiles(change: number): object[] {
  const hour = 3_600_000
  const window = (from: number, to: number): object => ({
    clock: { from: timeOfDay(from), to: timeOfDay(to), timeZone },
  })
  const usage = { exceeds: `${volume.bytes / 1e6}MB`, direction: 'downlink', per: 'session' }
  return [
    { name: 'quarantine', ...downlink(rates.quarantine) },
    {
      name: 'commuter',
      ...downlink(rates.commuter),
      conditions: [
        {
          name: 'wrong-keys',
          when: { authentication: { failures: failures.count, within: `${failures.withinSeconds}s` } },
          become: 'quarantine',
          until: `${failures.seconds}s`,
        },
        ...ofTheLink,
      ],
    },
    {
      name: 'reader',
      class: {
        downlink: { rate: inMegabits(rates.reader), priority: priority.reader },
        uplink: { rate: inMegabits(uplink.reader) },
      },
      conditions: [
        ...ofTheLink,
        { name: 'used-up', when: { volume: usage }, set: downlink(rates.usedUp), until: 'session-end' },
        {
          name: 'nearly-used-up',
          when: { volume: { ...usage, at: percent(volume.nearly) } },
          set: downlink(rates.nearlyUsedUp),
        },
        {
          name: 'morning',
          when: window(change - hour, change),
          set: { class: { uplink: { rate: inMegabits(uplink.inTheWindow) } } },
        },
        {
          name: 'noon',
          when: window(change, change + hour),
          set: { class: { downlink: { priority: priority.inTheWindow } } },
        },
      ],
    },
  ]
}

/** Three quarters off the full hour, so that a window of another zone would be seen. */
export const timeZone = 'Asia/Kathmandu'

/** As a clock on the wall there shows it: `18:00`. */
export function timeOfDay(milliseconds: number): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  return format.format(milliseconds)
}
