import { until } from '../../condition.ts'
import { moveNode } from '../../topology/air.ts'
import type { Lab } from '../scenario.ts'
import { unknownRealm } from './variation.ts'

/** mn2 names a realm that the relay knows no way to. @returns the reply code in the node's own log */
export async function wrongRealmStep({ witness, roles }: Lab): Promise<number> {
  witness.report.step(
    'wrong-realm',
    `mn2 registers with a name of the realm ${unknownRealm}, which nobody serves`,
  )
  await moveNode('mn2', 'a2')
  await roles.startMobileNode('mn2')
  const daemon = roles.daemon('mn2')
  const code = await until(
    'mn2 has an answer',
    { timeoutSeconds: 15 },
    () => /"replyCode":(\d+)/.exec(daemon.log())?.[1],
    () => daemon.logTail(),
  )
  await daemon.stop('SIGKILL')
  return Number(code)
}
