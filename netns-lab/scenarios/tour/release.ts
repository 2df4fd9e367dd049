import { until } from '../../condition.ts'
import { LabError } from '../../lab-error.ts'
import { leftovers, shapingPoint } from '../../witness/subscriber-state.ts'
import type { Witness } from '../../witness/witness.ts'
import type { Lab } from '../scenario.ts'

type Agent = keyof typeof shapingPoint

/** Looks until nothing of any subscriber stands at the agents, then looks once more for the report. */
export async function checkNothingLeft(
  witness: Witness,
  agents: readonly Agent[],
  timeoutSeconds: number,
  after: string,
): Promise<void> {
  const begin = Date.now()
  const gone = await until(
    'nothing is left in the kernels',
    { timeoutSeconds, intervalMilliseconds: 100 },
    async () => {
      for (const agent of agents) {
        const left = await leftovers(witness.look.bind(witness), shapingPoint[agent])
        // One that has something left is enough for this look: each costs half a dozen processes.
        if (left.length > 0) return undefined
      }
      return true
    },
  ).catch((error: unknown) => {
    if (error instanceof LabError && error.code === 'lab/timeout') return false
    throw error
  })
  const seconds = (Date.now() - begin) / 1000
  for (const agent of agents) {
    const own = await leftovers(witness.see.bind(witness), shapingPoint[agent])
    witness.check(
      `nothing-left-${agent}`,
      `Tunnels, routes, neighbours, classes and filters of subscribers at ${agent} after ${after}`,
      'none',
      own.join('\n') || 'none',
    )
  }
  if (gone)
    witness.report.figure({
      id: `release-${agents.join('-')}`,
      what: `Until nothing was left after ${after}`,
      value: Math.round(seconds * 10) / 10,
      unit: 's',
    })
}

/** The end of the fast scenario: mn1 says good-bye. */
export async function deregistrationStep({ roles, witness }: Lab): Promise<void> {
  witness.report.step('g', 'mn1 deregisters and nothing of it is left')
  await roles.daemon('mn1').stop('SIGTERM')
  await checkNothingLeft(witness, ['ha', 'a1'], 10, 'the deregistration of mn1')
}

/** Story step g: mn1 deregisters, mn2 is killed and its lifetime runs out; not one object is left. */
export async function releaseStep({ roles, witness }: Lab): Promise<void> {
  witness.report.step('g', 'mn1 deregisters, mn2 dies and its lifetime runs out: nothing is left')
  await roles.daemon('mn2').stop('SIGKILL')
  await roles.daemon('mn1').stop('SIGTERM')
  witness.report.activity('the lifetime of mn2 runs out')
  await checkNothingLeft(witness, ['ha', 'a1', 'a2'], 15, 'the end of both sessions')
}
