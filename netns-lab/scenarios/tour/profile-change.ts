import { until } from '../../condition.ts'
import { mobileNodes } from '../../topology/hosts.ts'
import { rateOfProfile } from '../../topology/service-control.ts'
import { frameRate } from '../../witness/goodput.ts'
import { Iperf3, summary } from '../../witness/iperf3.ts'
import { type HtbClass, htbClasses } from '../../witness/kernel-state.ts'
import { countersOf } from '../../witness/network-counters.ts'
import { classOf, directPackets, type ShapingPoint, shapingPoint } from '../../witness/subscriber-state.ts'
import { setProfile } from '../operator.ts'
import type { Lab } from '../scenario.ts'
import { accessSignalling, coreSignalling } from './capture-points.ts'
import { runGoodput } from './goodput-run.ts'
import { checkGoodput } from './goodput-steps.ts'
import {
  type BothClasses,
  checkClasses,
  checkDatagrams,
  checkPush,
  checkUnshaped,
} from './profile-change-verdict.ts'

const { nai, homeAddress } = mobileNodes.mn1
const seconds = 14
/** After how much of the run, counted in delivered bytes, the operator begins to type; the command itself takes a second or more. */
const bronzeSeconds = 2
const probePort = 5202
/** 100 packets a second. */
const probe = { rateBitsPerSecond: 51_200, bytes: 64 }

/**
 * Story steps c and d: one TCP run over two profile changes, the first by the operator, the second by a volume that is used up. A
 * thin stream of datagrams beside it shows whether a change loses a packet.
 */
export async function profileChangeStep(lab: Lab): Promise<void> {
  const { witness, roles } = lab
  witness.report.step(
    'c-d',
    'In mid-stream the operator gives mn1 gold; then its volume is used up and it falls back by itself',
  )
  const captures = await Promise.all([
    witness.capture('c-core', coreSignalling({ tunnelled: false })),
    witness.capture('c-access', accessSignalling('a1')),
  ])
  const before = await unshapedPackets(lab)
  const bronze = await followMarks(lab)
  const counters = countersOf(roles.daemon('mn1').processId)
  const receivedBefore = counters.received('radio0').bytes
  const datagramStream = await Iperf3.start({
    from: 'cn',
    to: { host: 'mn1', address: homeAddress, port: probePort },
    // It begins first and should not end first.
    seconds: seconds + 1,
    intervalSeconds: 1,
    datagrams: probe,
  })
  let gold: BothClasses | undefined
  let operatorExitCode: number | undefined
  const [run] = await runGoodput(witness, 'c', ['mn1'], seconds, async () => {
    witness.report.activity(`iperf3 runs with bronze for ${bronzeSeconds} s`)
    const enough = (rateOfProfile.bronze / 8) * bronzeSeconds
    await until(
      `${enough} bytes have reached mn1`,
      { timeoutSeconds: 20 },
      () => counters.received('radio0').bytes - receivedBefore >= enough || undefined,
      () => `${counters.received('radio0').bytes - receivedBefore} bytes`,
    )
    operatorExitCode = await setProfile(lab, nai, 'gold')
    gold = await sameClasses(lab, bronze)
    witness.report.activity('iperf3 runs with gold until its volume is used up')
  })
  const datagrams = await datagramStream.result()
  const after = await unshapedPackets(lab)
  const fallenBack = await sameClasses(lab, bronze)
  await witness.stopCaptures(captures)
  witness.report.evidence({
    host: 'cn',
    command: datagrams.client.command,
    output: summary(datagrams.client.output),
  })
  witness.report.evidence({
    host: 'mn1',
    command: datagrams.server.command,
    output: summary(datagrams.server.output),
  })
  witness.report.activity('tshark decodes the captures')
  const messages = await witness.signalling(captures, /QoS|327/)

  witness.check(
    'operator',
    `Exit code of \`sojourn subscriber set-profile ${nai} gold\` at hs`,
    '0',
    String(operatorExitCode),
  )
  checkClasses(witness, { bronze, gold, fallenBack })
  const pushes = checkPush(witness, messages)
  if (run) checkGoodput(witness, run, { seconds, pushes, besideBitsPerSecond: frameRate(probe) })
  checkDatagrams(witness, datagrams)
  await checkUnshaped(witness, captures, { ha: after.ha - before.ha, a1: after.a1 - before.a1 })
}

/** The classes that packets of mn1 end in. */
async function followMarks({ witness }: Lab): Promise<BothClasses> {
  const run = witness.look.bind(witness)
  return {
    ha: await classOf(run, shapingPoint.ha, homeAddress),
    a1: await classOf(run, shapingPoint.a1, homeAddress),
  }
}

/** The same classes later. Two commands and no more: each takes time from the traffic. */
async function sameClasses({ witness }: Lab, before: BothClasses): Promise<BothClasses> {
  const classes = async ({ host, shaped }: ShapingPoint): Promise<HtbClass[]> =>
    htbClasses(await witness.see(host, ['tc', '-s', 'class', 'show', 'dev', shaped], / prio /))
  const find = (all: readonly HtbClass[], wanted: HtbClass | undefined): HtbClass | undefined =>
    all.find(({ classId }) => classId === wanted?.classId)
  return {
    ha: find(await classes(shapingPoint.ha), before.ha),
    a1: find(await classes(shapingPoint.a1), before.a1),
  }
}

async function unshapedPackets({ witness }: Lab): Promise<Record<'ha' | 'a1', number>> {
  const run = witness.look.bind(witness)
  return { ha: await directPackets(run, shapingPoint.ha), a1: await directPackets(run, shapingPoint.a1) }
}
