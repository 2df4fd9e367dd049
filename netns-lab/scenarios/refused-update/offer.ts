import { rateOfProfile } from '../../topology/service-control.ts'
import { inMegabits, voicePort } from '../profile/offer.ts'

/** Rates of the story in bits per second, in its order: what mn1 has, what a1 cannot take, and so on. */
export const rates = {
  former: rateOfProfile.bronze,
  refused: 8e6,
  edited: 10e6,
  split: 12e6,
  voice: 1e6,
  /** While a1 is away. */
  unheard: [9e6, 7e6, 6e6],
} as const

export const profileName = 'office'

/** Of the uplink: a filter at the access link of a1. */
const filters = [
  { direction: 'uplink', match: { protocol: 'tcp', destinationPort: 25 }, action: 'drop' },
] as const

const flows = [
  {
    name: 'voice',
    match: { protocol: 'udp', destinationPort: voicePort },
    rate: inMegabits(rates.voice),
  },
] as const

/** The profile as an operator writes it. */
export const office = (
  downlink: number,
  { withFlow = false, onFailure }: { withFlow?: boolean; onFailure?: 'report-split' } = {},
) => ({
  name: profileName,
  class: { downlink: { rate: inMegabits(downlink) } },
  filters,
  ...(withFlow && { flows }),
  ...(onFailure && { distribution: { onFailure } }),
})
