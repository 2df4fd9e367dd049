/** What can happen to a subscriber, drawn at random. Pure. */
import fc from 'fast-check'

export const profileNames = ['studio', 'lite'] as const
export type ProfileName = (typeof profileNames)[number]
const overrideNames = ['repair', 'guest'] as const

/** The fields that the story changes: rates in Mbit/s, ports of TCP that are dropped, ports of UDP with a reservation. */
export interface Terms {
  rate: number
  priority: number
  uplink: number | undefined
  dscp: number | undefined
  dropped: readonly number[]
  flows: readonly number[]
}
/** What a profile says. `usedUp`: the rate when the volume is used up. */
export interface Content extends Terms {
  usedUp: number | undefined
}
export type Imposed = Partial<Pick<Terms, 'rate' | 'dscp' | 'dropped'>>

export type Change =
  | { kind: 'put'; name: ProfileName; content: Content }
  | { kind: 'buy'; name: ProfileName }
  | { kind: 'impose'; name: string; imposed: Imposed }
  | { kind: 'release'; name: string }
  /** Two operators begin from one version; `second` is undefined where he cancels. */
  | { kind: 'edits'; name: ProfileName; first: Content; second: Content | undefined }
  /** Both commit at the same time. */
  | { kind: 'race'; name: ProfileName; contents: [Content, Content] }
  /** The volume is used up. */
  | { kind: 'use' }
  /** The home server is killed so many milliseconds after a change was asked for. */
  | { kind: 'kill'; name: ProfileName; content: Content; after: number }
  /** The kernel of the foreign agent cannot do what is asked for. */
  | { kind: 'refuse'; refused: Content; mended: Content }

/** Flows reserve 1 Mbit/s each: never more than the lowest rate. */
const rate = fc.integer({ min: 4, max: 20 })
const dscp = fc.constantFrom(undefined, 10, 34, 46)
const dropped = fc.uniqueArray(fc.constantFrom(25, 80, 443, 8080), { maxLength: 3 })
const name = fc.constantFrom(...profileNames)

export const content: fc.Arbitrary<Content> = fc.record({
  rate,
  priority: fc.integer({ min: 0, max: 7 }),
  uplink: fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined }),
  dscp,
  dropped,
  flows: fc.uniqueArray(fc.constantFrom(5001, 5002, 5003, 5004), { maxLength: 3 }),
  usedUp: fc.option(rate, { nil: undefined }),
})

const imposed = fc
  .record({ rate, dscp: fc.constantFrom(10, 34, 46), dropped }, { requiredKeys: [] })
  .filter((fields) => Object.keys(fields).length > 0)
const row = <Kind extends Change['kind'], Rest>(kind: Kind, rest: fc.Arbitrary<Rest>, weight: number) => ({
  weight,
  arbitrary: rest.map((others) => ({ kind, ...others }) as unknown as Change),
})

export const change: fc.Arbitrary<Change> = fc.oneof(
  row('put', fc.record({ name, content }), 6),
  row('buy', fc.record({ name }), 3),
  row('impose', fc.record({ name: fc.constantFrom(...overrideNames), imposed }), 3),
  row('release', fc.record({ name: fc.constantFrom(...overrideNames) }), 3),
  row('edits', fc.record({ name, first: content, second: fc.option(content, { nil: undefined }) }), 3),
  row('race', fc.record({ name, contents: fc.tuple(content, content) }), 2),
  row('use', fc.record({}), 1),
  row('kill', fc.record({ name, content, after: fc.integer({ min: 0, max: 100 }) }), 3),
  row('refuse', fc.record({ refused: content, mended: content }), 3),
)
