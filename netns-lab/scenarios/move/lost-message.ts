/** A foreign agent that hears nothing of its server for a time, while a node leaves it. */
import { until } from '../../condition.ts'
import { moveNode } from '../../topology/air.ts'
import { runInHost, tryInHost } from '../../topology/host-command.ts'
import { mobileNodes } from '../../topology/hosts.ts'
import type { DaemonHost } from '../../topology/role-configuration.ts'
import { describeMessage } from '../../witness/signalling.ts'
import type { Lab } from '../scenario.ts'
import { checkNothingLeft } from '../tour/release.ts'
import { diameterAndTunnels, registrations } from './capture-points.ts'
import type { Move } from './watched-move.ts'

export interface Loss {
  /** The message that is lost, and that has to be seen twice: `QIR a2→fsa`. */
  repeated: string
  /** Who says in its log that it has given up for now, and how. */
  sender: DaemonHost
  givenUp: RegExp
}

/** The node moves while the previous agent cannot be told: it is served at the new one at once, and the previous one lets go later. */
export async function moveWithLoss(lab: Lab, move: Move, { repeated, sender, givenUp }: Loss): Promise<void> {
  const { witness, roles } = lab
  const { node, homeAddress, from, to } = move
  const captures = await Promise.all([
    witness.capture(`${node}-loss-core`, diameterAndTunnels),
    witness.capture(`${node}-loss-access`, registrations(to)),
  ])
  const core = (...words: string[]) => runInHost('core', ['tc', ...words])
  await core('qdisc', 'add', 'dev', from, 'clsact')
  const match = ['flower', 'ip_proto', 'tcp', 'src_port', '3868']
  await core('filter', 'add', 'dev', from, 'egress', 'protocol', 'ip', ...match, 'action', 'drop')
  const servedHere = roles.daemon(to)
  const servedBefore = servedHere.log().split('visitor admitted').length
  await moveNode(node, to)
  await until(
    `${node} is served at ${to}`,
    { timeoutSeconds: 5 },
    () => servedHere.log().split('visitor admitted').length > servedBefore || undefined,
    () => servedHere.logTail(),
  )
  const ping = await tryInHost('cn', ['ping', '-n', '-c', '1', '-W', '1', homeAddress])
  witness.report.evidence({ host: 'cn', command: ping.command, output: ping.output })
  witness.check(
    `${node}-loss-served`,
    `Answers of ${node} at ${to} while ${from} cannot be told`,
    '1',
    / (\d+) received/.exec(ping.output)?.[1] ?? 'none',
  )
  witness.report.activity(`${from} hears nothing`)
  const daemon = roles.daemon(sender)
  await until(
    `${sender} gives up for now`,
    { timeoutSeconds: 10 },
    () => givenUp.test(daemon.log()) || undefined,
    () => daemon.logTail(),
  )
  await witness.see('core', ['tc', '-s', 'filter', 'show', 'dev', from, 'egress'], /dropped/)
  await core('qdisc', 'del', 'dev', from, 'clsact')
  await checkNothingLeft(witness, [from], 10, `${from} can be told again`)
  const homeServer = roles.daemon('hs')
  const ended = new RegExp(`(let go|ended its session) of ${mobileNodes[node].nai}`)
  await until(
    `hs knows that ${from} has let go`,
    { timeoutSeconds: 10 },
    () => ended.test(homeServer.log()) || undefined,
    () => homeServer.logTail(),
  )
  await witness.stopCaptures(captures)
  const messages = await witness.signalling(captures, /QoS-Install|Abort|Reg/)
  const reply = messages.findLast(({ name, from: sentBy }) => name === 'RRP' && sentBy === to)
  witness.check(
    `${node}-loss-reply`,
    `Code of the registration reply to ${node}`,
    '0',
    String(reply?.replyCode ?? 'no reply'),
  )
  const sent = messages.filter((message) => describeMessage(message) === repeated)
  const [first, second] = sent
  const pause =
    first && second ? `${((second.atMilliseconds - first.atMilliseconds) / 1000).toFixed(1)} s later` : ''
  witness.check(
    `${node}-loss-repeated`,
    `How often ${repeated} was sent`,
    '2 times',
    `${sent.length} times${pause && `, ${pause}`}`,
    sent.length >= 2,
  )
}
