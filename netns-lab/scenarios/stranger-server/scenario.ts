import { until } from '../../condition.ts'
import { erlangDiameter } from '../../strangers/erlang-diameter.ts'
import { moveNode } from '../../topology/air.ts'
import { hostAddress, mobileNodes } from '../../topology/hosts.ts'
import { identities, realms } from '../../topology/role-configuration.ts'
import { rateOfProfile } from '../../topology/service-control.ts'
import { describeMessage, firstHopOutOfOrder } from '../../witness/signalling.ts'
import { classOf, shapingPoint } from '../../witness/subscriber-state.ts'
import { setProfile } from '../operator.ts'
import { joinNode, prepare } from '../preparation.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { accessSignalling, coreSignalling } from '../tour/capture-points.ts'
import { checkNothingLeft } from '../tour/release.ts'

/** A second home domain, whose only server is Erlang's. */
const strangeRealm = 'strange.example'
const foreignServer = 'erlang-foreign-server'
const homeServer = 'erlang-home-server'

/** Messages that Erlang's foreign server has passed on, in this order. */
const ways = {
  registration: [
    'AMR a1→fsa',
    'AMR fsa→hs',
    'HAR hs→ha',
    'HAA ha→hs',
    'AMA hs→fsa',
    'AMA fsa→a1',
    'RRP a1→mn1',
  ],
  'profile change': ['QIR hs→fsa', 'QIR fsa→a1', 'QIA a1→fsa', 'QIA fsa→hs'],
  accounting: ['ACR a1→fsa', 'ACR fsa→hs', 'ACA hs→fsa', 'ACA fsa→a1'],
  'rejection by Erlang': ['AMR a2→fsa', 'AMR fsa→relay', 'AMA relay→fsa', 'AMA fsa→a2', 'RRP a2→mn2'],
}

/**
 * Erlang's diameter is the foreign server: a relay carries every application. As home server it decodes our AMR and rejects it; more it
 * cannot be, since an accepted registration needs a reply that a home agent has sealed, and its dictionary knows no Service-Profile.
 */
export const strangerServer: Scenario = {
  title: 'Erlang’s diameter is the foreign server, and a home server that rejects',
  needs: ['erlang'],
  variation: {
    extraHosts: ['relay'],
    strangers: [
      erlangDiameter({
        name: foreignServer,
        host: 'fsa',
        module: 'erlang_relay',
        identity: identities.fsa,
        realm: realms.foreign,
        address: hostAddress.fsa,
        dials: [hostAddress.hs, hostAddress.relay],
      }),
      erlangDiameter({
        name: homeServer,
        host: 'relay',
        module: 'erlang_home_server',
        identity: `aaah.${strangeRealm}`,
        realm: strangeRealm,
        address: hostAddress.relay,
        dials: [],
      }),
    ],
    configurations: { mn2: { nai: `mn2@${strangeRealm}` } },
  },
  async run(lab) {
    const { witness, roles } = lab
    await prepare(lab)
    await until(
      'Erlang’s servers are connected',
      { timeoutSeconds: 30 },
      () => roles.stranger(foreignServer).log().includes(`open with aaah.${strangeRealm}`) || undefined,
      () => roles.stranger(foreignServer).logTail(),
    )
    const captures = await Promise.all([
      witness.capture('core', coreSignalling({ tunnelled: false })),
      witness.capture('access-a1', accessSignalling('a1')),
      witness.capture('access-a2', accessSignalling('a2')),
    ])

    witness.report.step(
      'relay',
      'mn1 registers, its profile changes and it leaves, through Erlang’s foreign server',
    )
    await joinNode(lab, 'mn1', 'a1')
    await checkRate(lab, 'bronze')
    await setProfile(lab, mobileNodes.mn1.nai, 'gold')
    await checkRate(lab, 'gold')
    await roles.daemon('mn1').stop('SIGTERM')
    await checkNothingLeft(witness, ['ha', 'a1'], 10, 'the deregistration of mn1')

    witness.report.step('home-server', `mn2 is of ${strangeRealm}, whose Erlang server rejects it`)
    await moveNode('mn2', 'a2')
    await roles.startMobileNode('mn2')
    const account = await until(
      'Erlang has read our AMR',
      { timeoutSeconds: 15 },
      () => /^AMR of .*$/m.exec(roles.stranger(homeServer).log())?.[0],
      () => roles.daemon('mn2').logTail(),
    )
    const decoded = /^AMR of mn2@strange\.example, \d+ bytes of MIP-Reg-Request, errors \[\]$/
    witness.check(
      'decoded',
      'What Erlang reads in our AMR with its own dictionary',
      String(decoded.source),
      account,
      decoded.test(account),
    )
    const code = await until(
      'mn2 has an answer',
      { timeoutSeconds: 15 },
      () => /"replyCode":(\d+)/.exec(roles.daemon('mn2').log())?.[1],
    )
    witness.check(
      'rejected',
      'Reply code to mn2 for Result-Code 4001 (67: mobile node failed authentication)',
      '67',
      code,
    )
    await roles.daemon('mn2').stop('SIGKILL')

    witness.report.step('captures', 'The captures show what passed through Erlang')
    await witness.stopCaptures(captures)
    const messages = await witness.signalling(captures, /AA-Mobile|QoS|Reg/)
    for (const [what, hops] of Object.entries(ways)) {
      const way = hops.join(', ')
      const wrong = firstHopOutOfOrder(messages, hops)
      witness.check(
        `way-${what}`,
        `Messages of the ${what}`,
        way,
        wrong === undefined ? way : `missing or out of order: ${wrong}`,
      )
    }
    const rejection = messages.find((message) => describeMessage(message) === 'AMA relay→fsa')
    witness.check('result-code', 'Result-Code of Erlang’s home server', '4001', String(rejection?.resultCode))
  },
}

async function checkRate({ witness }: Lab, profile: 'bronze' | 'gold'): Promise<void> {
  for (const host of ['ha', 'a1'] as const) {
    const found = await classOf(witness.look.bind(witness), shapingPoint[host], mobileNodes.mn1.homeAddress)
    const seen = String(found?.rateBitsPerSecond)
    witness.check(
      `${profile}-${host}`,
      `Rate of the class of mn1 at ${host} with ${profile}`,
      String(rateOfProfile[profile]),
      seen,
    )
  }
}
