import { z } from 'zod'
import { duration, fraction, size } from '#core/units.ts'

const count = z.int().min(1).max(100)
const period = z.enum(['session', 'day', 'month'])

const authentication = z.union([
  z.strictObject({ failures: count, within: duration }).describe('So many failures within that time.'),
  z.strictObject({ reauthenticationDue: z.literal(true) }).describe('The grant has run out unrenewed.'),
  z.strictObject({ secondLocation: z.literal(true) }).describe('Registered by two foreign agents at once.'),
])

const authorization = z
  .strictObject({ requested: z.literal('beyond-grant') })
  .describe('The node has asked for more than its profile grants.')

const volume = z
  .strictObject({
    exceeds: size,
    direction: z.enum(['downlink', 'uplink', 'both']),
    per: period,
    at: fraction.optional().describe('Met at this part of `exceeds` already, such as 80%.'),
  })
  .describe('More than that amount of data.')

const time = z.strictObject({ exceeds: duration, per: period }).describe('Connected for longer than that.')

const balance = z.strictObject({ below: z.number() }).describe('Prepaid balance below that, in its own unit.')

const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 18:00')
  .meta({ examples: ['18:00'] })
export const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

/** An IANA time zone. */
export const timeZone = z
  .string()
  .refine(isTimeZone, 'must be a time zone such as Europe/Berlin')
  .meta({ examples: ['Europe/Berlin'] })

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return /^[A-Z]/.test(name)
  } catch {
    return false
  }
}

const clock = z
  .strictObject({
    from: timeOfDay,
    to: z.union([timeOfDay, z.literal('24:00')], 'must be a time of day such as 23:00, or 24:00'),
    days: z
      .array(z.enum(days))
      .min(1)
      .optional()
      .describe('Days on which the window begins; all when absent.'),
    timeZone,
  })
  .refine(({ from, to }) => from !== to, {
    path: ['to'],
    message: 'must differ from `from`; the whole day is 00:00 to 24:00',
  })
  .describe('While the clock on the wall there shows from `from` until before `to`.')

const location = z
  .union([
    z.strictObject({
      domain: z
        .string()
        .min(1)
        .meta({ examples: ['a.example'] }),
    }),
    z.strictObject({
      foreignAgent: z
        .string()
        .min(1)
        .meta({ examples: ['fa-a1.a.example'] }),
    }),
  ])
  .describe('Visits that domain, or that foreign agent.')

const hysteresis = {
  link: z
    .string()
    .regex(/^[^\s/]+\/[^\s/]+$/, 'must be NODE/INTERFACE, such as fa-a1/access')
    .meta({ examples: ['fa-a1/access'] })
    .optional()
    .describe('NODE/INTERFACE; any link that carries the subscriber when absent.'),
  for: duration.optional().describe('Met when it has lasted so long; at once when absent.'),
  clearAfter: duration.optional().describe('Over when it has been clear so long; as `for` when absent.'),
}
const link = z.union([
  z.strictObject({ utilization: fraction, clearBelow: fraction.optional(), ...hysteresis }),
  z.strictObject({
    drops: z.number().positive().describe('Packets per second.'),
    clearBelow: z.number().positive().optional(),
    ...hysteresis,
  }),
  z.strictObject({ down: z.literal(true), ...hysteresis }),
])
export type Link = z.output<typeof link>

/** Of a link that is down, 1 says so. */
export function thresholdOf(link: Link): number {
  if ('utilization' in link) return link.utilization
  return 'drops' in link ? link.drops : 1
}

export function clearBelowOf(link: Link): number {
  return ('clearBelow' in link ? link.clearBelow : undefined) ?? thresholdOf(link)
}

const network = link
  .refine((link) => clearBelowOf(link) <= thresholdOf(link), {
    path: ['clearBelow'],
    message: 'must not be above what it clears',
  })
  .describe('The link is used, or drops, so much or more, or is down. Clears below `clearBelow`.')

export const pulses = ['mapping-created', 'mapping-removed', 'rule-changed'] as const
const translation = z
  .discriminatedUnion(
    'event',
    [
      z.strictObject({ event: z.enum(pulses) }),
      z
        .strictObject({
          event: z.literal('pool-above'),
          above: fraction,
          clearBelow: fraction.optional(),
        })
        .refine(({ above, clearBelow = above }) => clearBelow <= above, {
          path: ['clearBelow'],
          message: 'must not be above what it clears',
        }),
    ],
    `\`event\` must be ${pulses.join(', ')} or pool-above`,
  )
  .describe('What the address translator did; `pool-above`: so much of its pool or more is taken.')

const leaf = z.union([
  z.strictObject({ authentication }),
  z.strictObject({ authorization }),
  z.strictObject({ volume }),
  z.strictObject({ time }),
  z.strictObject({ balance }),
  z.strictObject({ clock }),
  z.strictObject({ location }),
  z.strictObject({ network }),
  z.strictObject({ translation }),
])

type Composed<Part> = Part | { all: Composed<Part>[] } | { any: Composed<Part>[] } | { not: Composed<Part> }
export type Leaf = z.output<typeof leaf>
/** What a condition waits for; amounts in bytes and milliseconds, fractions 0 to 1. */
export type Trigger = Composed<Leaf>

const part: z.ZodType<Trigger, Composed<z.input<typeof leaf>>> = z.lazy(() => trigger)
export const trigger = z.union([
  ...leaf.options,
  z.strictObject({ all: z.array(part).min(1).describe('All of them hold.') }),
  z.strictObject({ any: z.array(part).min(1).describe('One of them holds.') }),
  z.strictObject({ not: part.describe('It does not hold.') }),
])
