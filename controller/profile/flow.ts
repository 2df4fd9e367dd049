import { z } from 'zod'
import { duration, rate } from '#core/units.ts'
import { dscp } from './dscp.ts'
import { directions, ownEnd, packetMatch } from './packet-match.ts'
import { ceilRefusal, isCeilAboveRate, priority } from './service-class.ts'

/** A name of a profile, condition or flow. */
export const shortName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be a name of lower case letters, digits and hyphens')
  .meta({ examples: ['gold'] })

/** As many as the datapath takes: each place in the order is a list of filters of its own in the kernel. */
export const limits = { filters: 16, flows: 16 } as const

const packetFilter = z
  .strictObject({
    direction: z.enum(directions).default('downlink'),
    match: packetMatch,
    action: z.enum(['drop', 'pass']),
  })
  .superRefine(({ match, direction }, context) => refuseOwnEnd(match, direction, context))

export const packetFilters = z
  .array(packetFilter)
  .max(limits.filters, `must be at most ${limits.filters}`)
  .describe('The first that matches decides; what none matches passes.')

const flow = z
  .strictObject({
    name: shortName.describe('A flow that keeps its name keeps its place in the kernel.'),
    match: packetMatch,
    rate: rate.describe("Guaranteed, out of the class's `rate`."),
    ceil: rate.optional().describe('As `rate` when absent.'),
    priority: priority.optional().describe('As that of the class when absent.'),
    dscp: dscp.optional().describe('As that of the class when absent.'),
    flowLabel: z.int().min(0).max(0xfffff).optional().describe('20 bits, for routers between the agents.'),
    lifetime: duration.optional().describe('For how long from its reservation; as the session when absent.'),
  })
  .refine(isCeilAboveRate, ceilRefusal)
  .superRefine(({ match }, context) => {
    refuseOwnEnd(match, 'downlink', context)
    if (Object.keys(match).length === 0)
      context.addIssue({ code: 'custom', path: ['match'], message: 'must match on something' })
  })

export const flows = z
  .array(flow)
  .max(limits.flows, `must be at most ${limits.flows}`)
  .superRefine((list, context) => {
    for (const [key, what] of [['name', 'flow'] as const, ['flowLabel', 'flow label'] as const])
      for (const [index, one] of list.entries())
        if (one[key] !== undefined && list.findIndex((other) => other[key] === one[key]) < index)
          context.addIssue({
            code: 'custom',
            path: [index, key],
            message: `there is another ${what} ${one[key]}`,
          })
  })
  .describe('Parts of the downlink with a reservation of their own. The first that matches decides.')

export type PacketFilter = z.output<typeof packetFilter>
export type Flow = z.output<typeof flow>

function refuseOwnEnd(
  match: z.output<typeof packetMatch>,
  direction: (typeof directions)[number],
  context: z.RefinementCtx,
): void {
  const end = ownEnd(match, direction)
  if (end)
    context.addIssue({
      code: 'custom',
      path: ['match', end],
      message: `is the subscriber's own address in the ${direction}: leave it out`,
    })
}
