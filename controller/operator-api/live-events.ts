import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { layerNames } from '../profile/layers.ts'

const node = z.string().describe('Diameter identity of the agent')

/** What happens in the home server, as it happens. */
export const liveEvent = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('registration'),
    nai: z.string(),
    foreignAgent: node,
    outcome: z.enum(['accepted', 'refused', 'not-authenticated']),
    reason: z.string().optional(),
  }),
  z.object({
    kind: z.literal('session'),
    nai: z.string(),
    node,
    change: z.enum(['registered', 'ended']),
    cause: z.string().optional(),
  }),
  z.object({
    kind: z.literal('installation'),
    nai: z.string(),
    node,
    revision: z.number(),
    milliseconds: z.number().optional(),
    failure: z.string().optional(),
  }),
  z.object({
    kind: z.literal('profile'),
    nai: z.string(),
    profile: z.string(),
    revision: z.number(),
    state: z.string(),
  }),
  z
    .object({
      kind: z.literal('revision'),
      nai: z.string(),
      profile: z.string(),
      revision: z.number(),
      decidedBy: z.enum(layerNames),
    })
    .describe('what is to be in force is different, whichever home server on the database has changed it'),
  z.object({ kind: z.literal('subscriber'), nai: z.string(), author: z.string() }),
  z.object({
    kind: z.literal('edit'),
    subject: z.string(),
    editor: z.string(),
    change: z.enum(['opened', 'committed', 'cancelled', 'expired']),
  }),
  z.object({
    kind: z.literal('payment'),
    nai: z.string(),
    author: z.string(),
    amount: z.number(),
    balance: z.number(),
  }),
  z.object({ kind: z.literal('removed'), nai: z.string() }),
  z.object({
    kind: z.literal('override'),
    nai: z.string(),
    name: z.string(),
    author: z.string(),
    change: z.enum(['put', 'removed']),
  }),
])
export type LiveEvent = z.output<typeof liveEvent>
/** Undefined: some were missed, and the state has to be read anew. */
type Listener = (event: Published | undefined) => void

export interface Published {
  /** Grows; tells this process from those before it. */
  id: string
  at: number
  event: LiveEvent
}

const kept = 1000

/** Brings what happens to those who listen now, and the newest of it to those who come back. */
export class LiveEvents {
  #epoch: string
  readonly #now: () => number
  readonly #listeners = new Set<Listener>()
  #newest: Published[] = []
  #count = 0

  constructor(clock: { now(): number }) {
    this.#now = () => clock.now()
    this.#epoch = newEpoch()
  }

  publish(event: LiveEvent): void {
    this.#count++
    const published = { id: `${this.#epoch}-${this.#count}`, at: this.#now(), event }
    this.#newest.push(published)
    if (this.#newest.length > kept) this.#newest.shift()
    for (const listener of this.#listeners) listener(published)
  }

  /** How many listen. */
  get listeners(): number {
    return this.#listeners.size
  }

  /** Some were missed: those that are kept are no longer without a gap. */
  reset(): void {
    this.#epoch = newEpoch()
    this.#newest = []
    this.#count = 0
    for (const listener of this.#listeners) listener(undefined)
  }

  /** Returns what ends it. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** What came after the event `id`; undefined when that is too long ago, or of a process before this one. */
  since(id: string): Published[] | undefined {
    const [, epoch, count] = /^(\w+)-(\d+)$/.exec(id) ?? []
    const missed = this.#count - Number(count)
    if (epoch !== this.#epoch || missed < 0 || missed > this.#newest.length) return undefined
    return missed === 0 ? [] : this.#newest.slice(-missed)
  }
}

/** No two processes have the same, on whatever machines they run. */
function newEpoch(): string {
  return randomBytes(6).toString('hex')
}
