import { joinNode } from '../preparation.ts'
import type { Lab } from '../scenario.ts'
import { checkClasses, classesOf, policedRate, tunnelFilters } from './held-by-kernels.ts'
import { filteredPort, nai, offer, rates } from './offer.ts'
import { type, writeDocument } from './operators.ts'

/** An operator makes a profile of all parts; mn1 registers with it, and both kernels hold it. */
export async function firstRegistrationStep(lab: Lab): Promise<void> {
  const { witness } = lab
  witness.report.step(
    'register',
    'mn1 registers with a profile that has an uplink, DSCP, a filter and a flow',
  )
  const file = writeDocument(lab, 'studio.json', offer())
  const put = await type(lab, 'ann', 'profile', 'put', file, '--reason', 'new offer')
  const set = await type(lab, 'ann', 'subscriber', 'set-profile', nai, 'studio')
  witness.check(
    'commands',
    'Exit codes of `sojourn profile put` and `sojourn subscriber set-profile`',
    '0, 0',
    `${put.exitCode}, ${set.exitCode}`,
  )
  await joinNode(lab, 'mn1', 'a1')
  const see = witness.see.bind(witness)
  checkClasses(witness, 'classes', 'after its registration', {
    found: await classesOf(see),
    downlink: rates.downlink,
  })
  const dropping = (await tunnelFilters(see, 'ha')).filter((filter) => / gact action drop/.test(filter))
  witness.check(
    'filter-ha',
    'Ports of the filters at ha that drop packets for mn1',
    String(filteredPort),
    dropping.map((filter) => /dst_port (\d+)/.exec(filter)?.[1] ?? 'all').join(', ') || 'none',
  )
  witness.check(
    'police-a1',
    'Rate of the policer of mn1 at the access link of a1, bit/s',
    String(rates.uplink),
    String(await policedRate(see)),
  )
}
