/** Probabilities of netem, of 2^32, and its models of loss (linux/pkt_sched.h, `NETEM_LOSS_*`). */
import { attributes, type Encodable } from './attribute.ts'
import { u32 } from './attribute-type.ts'
import type { Words } from './command-line.ts'
import { struct } from './struct.ts'

const whole = 0xffffffff

/** As the kernel wants it: the share of all ones. A half is rounded to even, as `tc` does. */
export function probabilityOf(percent: number): number {
  const exact = (percent / 100) * whole
  const below = Math.floor(exact)
  return exact - below === 0.5 ? below + (below % 2) : Math.round(exact)
}

/** In the fewest digits that mean the same: `0.5%`. */
export function formatProbability(probability: number): string {
  const percent = (probability / whole) * 100
  for (let digits = 1; digits < 12; digits++) {
    const short = Number(percent.toPrecision(digits))
    if (probabilityOf(short) === probability) return `${short}%`
  }
  return `${percent}%`
}

export const netemLossAttributes = attributes({
  states: [
    1,
    'NETEM_LOSS_GI',
    struct('tc_netem_gimodel', { p13: u32, p31: u32, p32: u32, p14: u32, p23: u32 }),
  ],
  gilbertElliott: [
    2,
    'NETEM_LOSS_GE',
    struct('tc_netem_gemodel', {
      toBad: u32,
      toGood: u32,
      /** Probability that a packet is NOT lost in the bad state. */
      passesInBad: u32,
      lostInGood: u32,
    }),
  ],
})

/** Two states with a rate of loss each. Percents of packets. */
export interface GilbertElliottLoss {
  toBadPercent: number
  toGoodPercent?: number
  lossInBadPercent?: number
  lossInGoodPercent?: number
}

/**
 * Four states: 1 received in a gap, 2 received in a burst of losses, 3 lost in a burst, 4 lost alone. Percents of packets.
 */
export interface StateLoss {
  p13Percent: number
  p31Percent?: number
  p32Percent?: number
  p23Percent?: number
  p14Percent?: number
}

/** What is absent is as `tc` has it: the bad state loses all packets, and is left when it was not kept. */
export function gilbertElliott(loss: GilbertElliottLoss): Encodable<typeof netemLossAttributes> {
  return {
    gilbertElliott: {
      toBad: probabilityOf(loss.toBadPercent),
      toGood: probabilityOf(loss.toGoodPercent ?? 100 - loss.toBadPercent),
      passesInBad: whole - probabilityOf(loss.lossInBadPercent ?? 100),
      lostInGood: probabilityOf(loss.lossInGoodPercent ?? 0),
    },
  }
}

/** What is absent is as `tc` has it: p31 what p13 leaves of 100, p23 100, the others 0. */
export function lossStates(loss: StateLoss): Encodable<typeof netemLossAttributes> {
  return {
    states: {
      p13: probabilityOf(loss.p13Percent),
      p31: probabilityOf(loss.p31Percent ?? 100 - loss.p13Percent),
      p32: probabilityOf(loss.p32Percent ?? 0),
      p14: probabilityOf(loss.p14Percent ?? 0),
      p23: probabilityOf(loss.p23Percent ?? 100),
    },
  }
}

export function renderNetemLoss({ states, gilbertElliott }: Encodable<typeof netemLossAttributes>): Words {
  const percents = (...values: (number | undefined)[]) =>
    values.map((value = 0) => formatProbability(value)).join(' ')
  if (states !== undefined)
    return ['loss state', percents(states.p13, states.p31, states.p32, states.p23, states.p14)]
  if (gilbertElliott === undefined) return []
  const { toBad, toGood, passesInBad = 0, lostInGood } = gilbertElliott
  return ['loss gemodel', percents(toBad, toGood, whole - passesInBad, lostInGood)]
}
