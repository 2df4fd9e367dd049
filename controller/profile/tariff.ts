import { z } from 'zod'
import { duration, size } from '#core/units.ts'

const price = z.number().positive().describe('In the unit of the balance.')

/** What is taken from a prepaid balance: the price of so many bytes, and of so many milliseconds of being connected. */
export const tariff = z
  .strictObject({
    volume: z
      .strictObject({
        price,
        per: size.describe('A part of it costs its part.'),
        direction: z.enum(['downlink', 'uplink', 'both']).default('both'),
      })
      .optional(),
    time: z.strictObject({ price, per: duration.describe('A part of it costs its part.') }).optional(),
  })
  .refine(({ volume, time }) => volume !== undefined || time !== undefined, 'must have volume or time')
  .describe('What is taken from the balance, where the subscriber has one.')
export type Tariff = z.output<typeof tariff>

export function priceOfVolume(
  { volume }: Tariff,
  { downlinkBytes, uplinkBytes }: { downlinkBytes: number; uplinkBytes: number },
): number {
  if (!volume) return 0
  const { price, per, direction } = volume
  const bytes = (direction === 'uplink' ? 0 : downlinkBytes) + (direction === 'downlink' ? 0 : uplinkBytes)
  return (bytes / per) * price
}

/** Of a millisecond of being connected. */
export function priceOfTime({ time }: Tariff): number {
  return time ? time.price / time.per : 0
}
