import { z } from 'zod'
import { seconds } from '#core/config.ts'

/** How an agent reports its links to the home servers of those whom it serves. */
export const networkReports = z
  .strictObject({
    /** The counters are read this often; what goes up or down is reported within a second. */
    intervalSeconds: seconds.min(1).default(5),
    /** Less than this is no change: 0.05 is a twentieth of the link's rate. */
    utilizationChange: z.number().positive().max(1).default(0.05),
    dropsPerSecondChange: z.number().positive().default(10),
  })
  .prefault({})

export type NetworkReportsConfig = z.output<typeof networkReports>
