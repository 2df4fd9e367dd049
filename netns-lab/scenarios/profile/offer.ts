import { mobileNodes } from '../../topology/hosts.ts'

export const { nai, homeAddress } = mobileNodes.mn1

/** Rates of the story in bits per second. */
export const rates = { downlink: 8e6, uplink: 3e6, voice: 2e6, overridden: 4e6 } as const
/** What the two operators make of it: the first raises the downlink, the second both, and gives way with the downlink. */
export const editedRates = { downlink: 10e6, downlinkOfTheSecond: 9e6, uplink: 5e6 } as const

export const voicePort = 5004
export const filteredPort = 25
/** Of the differentiated services field (RFC 2474). */
export const dscp = { AF41: 34, EF: 46 } as const

interface Rates {
  downlink: number
  uplink: number
}

export const inMegabits = (bitsPerSecond: number): string => `${bitsPerSecond / 1e6}mbit`

/** The profile as an operator writes it: the downlink has no ceil, which therefore goes with the rate. */
export const offer = ({ downlink, uplink }: Rates = rates) => ({
  name: 'studio',
  class: {
    downlink: { rate: inMegabits(downlink), priority: 2 },
    uplink: { rate: inMegabits(uplink) },
    dscp: 'AF41',
  },
  filters: [{ match: { protocol: 'tcp', destinationPort: filteredPort }, action: 'drop' }],
  flows: [
    {
      name: 'voice',
      match: { protocol: 'udp', destinationPort: voicePort },
      rate: inMegabits(rates.voice),
      dscp: 'EF',
    },
  ],
})
