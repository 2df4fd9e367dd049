import { inMegabits } from '../conditions/subscribers.ts'

/** Downlink rates of the story in bits per second; `committed`: what the edit makes of each. */
export const rates = {
  base: 6e6,
  quarantine: 2e6,
  usedUp: 3e6,
  committed: { base: 5e6, quarantine: 1e6 },
} as const

const failures = { failures: 2, within: '8s' }
/** Counted from the second failure: it has to outlast what the operator types until the edit has ended. */
export const quarantineSeconds = 20
export const volumeBytes = 2e6

const downlink = (rate: number): object => ({ class: { downlink: { rate: inMegabits(rate) } } })

/** The profile as an operator writes it. */
export const visitor = ({ base, quarantine }: { base: number; quarantine: number } = rates) => ({
  name: 'visitor',
  ...downlink(base),
  conditions: [
    {
      name: 'wrong-keys',
      when: { authentication: failures },
      set: downlink(quarantine),
      until: `${quarantineSeconds}s`,
    },
    {
      name: 'used-up',
      when: { volume: { exceeds: `${volumeBytes / 1e6}MB`, direction: 'downlink', per: 'session' } },
      set: downlink(rates.usedUp),
    },
  ],
})
