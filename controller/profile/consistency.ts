/**
 * Fields from different layers need not fit together. The stronger entry (the lower rank) keeps what it says; what
 * contradicts it gives way, with a note for people.
 */
import { formatRate } from '#core/units.ts'
import type { Flow } from './flow.ts'

/** What the field is, how strong the entry is that says so (0 is strongest), and why if the entry says otherwise. */
export interface Decided<Value> {
  value: Value
  rank: number
  note?: string
}

export interface Rates {
  rate: Decided<number>
  ceil: Decided<number>
}

/** A ceil that nobody sets is as the rate; of a ceil below the rate and that rate, the weaker gives way. */
export function fitCeil(rate: Decided<number>, ceil: Decided<number | undefined>): Rates {
  if (ceil.value === undefined)
    return { rate, ceil: { value: rate.value, rank: rate.rank, note: 'as the rate' } }
  const fitting = { rate, ceil: { ...ceil, value: ceil.value } }
  if (ceil.value >= rate.value) return fitting
  return rate.rank <= ceil.rank
    ? { ...fitting, ceil: follow(rate, `raised to the rate from ${formatRate(ceil.value)}`) }
    : { ...fitting, rate: follow(fitting.ceil, `lowered to the ceil from ${formatRate(rate.value)}`) }
}

function follow(stronger: Decided<number>, note: string): Decided<number> {
  return { value: stronger.value, rank: stronger.rank, note }
}

/** A flow with all that the datapath needs: bits per second, 0 to 7. */
export type EffectiveFlow = Flow & { ceil: number; priority: number }

/**
 * Flows are parts of the class: they have its priority unless they say otherwise, borrow no more than it may, and
 * when they reserve more than it has each gets the same part of what it asked for.
 */
export function fitFlows(
  flows: Decided<readonly Flow[]>,
  service: { rate: number; ceil: number; priority: number },
): Decided<EffectiveFlow[]> {
  const reserved = flows.value.reduce((sum, { rate }) => sum + rate, 0)
  const share = Math.min(1, service.rate / reserved)
  const fitted = flows.value.map((flow) => {
    const rate = Math.max(1, Math.floor(flow.rate * share))
    const ceil = Math.max(rate, Math.min(flow.ceil ?? flow.rate, service.ceil))
    return { ...flow, rate, ceil, priority: flow.priority ?? service.priority }
  })
  const note = flows.value.some(({ ceil, rate }) => (ceil ?? rate) > service.ceil)
    ? 'a ceil was lowered to that of the class'
    : ''
  const shared = share < 1 ? `rates were lowered, ${formatRate(reserved)} do not fit into the class` : ''
  const notes = [shared, note].filter((text) => text !== '').join('; ')
  return { value: fitted, rank: flows.rank, ...(notes !== '' && { note: notes }) }
}
