/** What can happen to two nodes and their network, drawn at random. Pure. */
import fc from 'fast-check'
import {
  type ForeignAgentName,
  foreignAgentNames,
  type MobileNodeName,
  mobileNodeNames,
} from '../../topology/hosts.ts'
import type { Impairment } from '../../topology/impairment.ts'

export const killable = ['hs', 'fsa', 'fsb', 'ha', 'a1', 'a2', 'b1', 'mn1', 'mn2'] as const
const profiles = ['bronze', 'silver', 'gold'] as const

export type Happening =
  /** A node comes to the access link of an agent, perhaps the one where it is: it loses its carrier all the same. */
  | { kind: 'move'; node: MobileNodeName; to: ForeignAgentName }
  /** A daemon is killed, and started again at once. */
  | { kind: 'kill'; host: (typeof killable)[number] }
  /** An operator sells the subscriber another profile. */
  | { kind: 'buy'; node: MobileNodeName; profile: (typeof profiles)[number] }
  /** From now on the core treats all packets like that. */
  | ({ kind: 'impair' } & Required<Omit<Impairment, 'jitterMilliseconds'>>)

export interface RandomEvent {
  happening: Happening
  /** Until the next. */
  pauseMilliseconds: number
}

const node = fc.constantFrom(...mobileNodeNames)
const percent = fc.integer({ min: 0, max: 10 })

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('move' as const),
      node,
      to: fc.constantFrom(...foreignAgentNames),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('kill' as const), host: fc.constantFrom(...killable) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('buy' as const), node, profile: fc.constantFrom(...profiles) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('impair' as const),
      delayMilliseconds: fc.integer({ min: 1, max: 50 }),
      ...{ lossPercent: percent, duplicatePercent: percent, reorderPercent: percent },
    }),
  },
)

export const event: fc.Arbitrary<RandomEvent> = fc.record({
  happening,
  pauseMilliseconds: fc.integer({ min: 0, max: 300 }),
})

/** As a person would tell it. */
export function describeEvent({ happening: { kind, ...details }, pauseMilliseconds }: RandomEvent): string {
  const words = Object.entries(details).map(([name, value]) => `${name} ${value}`)
  return `${kind} ${words.join(', ')}; ${pauseMilliseconds} ms`
}
