import { foreignAgents, hostAddress } from '../../topology/hosts.ts'
import { type CapturePoint, decodeCaptures } from '../../witness/capture.ts'
import { meanGoodput } from '../../witness/goodput.ts'
import { Iperf3, type Iperf3Result, summary } from '../../witness/iperf3.ts'
import type { Witness } from '../../witness/witness.ts'
import type { Lab } from '../scenario.ts'
import { checkRate } from '../tour/expectation.ts'
import { tunnelFilters } from './held-by-kernels.ts'
import { dscp, filteredPort, homeAddress, rates, voicePort } from './offer.ts'

/** 100 packets a second. */
export const voice = { rateBitsPerSecond: 204_800, bytes: 256 }
const voiceSeconds = 1
const uplinkSeconds = 2
/** The policer lets its burst pass first. */
const burstSeconds = 0.5
const uplinkPort = 5205
const uplinkBytes = 1000
const twiceTheUplink = { rateBitsPerSecond: 2 * rates.uplink, bytes: uplinkBytes }
/** Payload, UDP and IP: what the policer counts. */
const uplinkShare = uplinkBytes / (uplinkBytes + 28)
/** Nobody listens there, so a node that hears of it answers with a reset. */
const openPort = 26

const tunnelled: CapturePoint = {
  host: 'core',
  interface: 'any',
  filter: `ip proto 4 and dst host ${foreignAgents.a1.careOfAddress}`,
  snapLength: 128,
}

/** What the profile does to packets, as others see it. */
export async function onTheWireStep(lab: Lab): Promise<void> {
  const { witness } = lab
  witness.report.step('wire', 'DSCP, filter and uplink on the wire')
  const capture = await witness.capture('wire-tunnelled', tunnelled)
  const stream = await Iperf3.start({
    from: 'cn',
    to: { host: 'mn1', address: homeAddress, port: voicePort },
    seconds: voiceSeconds,
    intervalSeconds: 1,
    datagrams: voice,
  })
  recordRun(witness, 'cn', 'mn1', await stream.result())
  await witness.stopCaptures([capture])
  const uplink = await Iperf3.start({
    from: 'mn1',
    to: { host: 'cn', address: hostAddress.cn, port: uplinkPort },
    seconds: uplinkSeconds,
    intervalSeconds: 0.25,
    datagrams: twiceTheUplink,
  })
  const result = await uplink.result()
  recordRun(witness, 'mn1', 'cn', result)
  const mean = meanGoodput(result.receiver.intervals, burstSeconds, uplinkSeconds)
  const what = 'What the correspondent gets of a stream of twice the uplink rate'
  checkRate(witness, 'uplink', what, rates.uplink * uplinkShare, mean)
  await checkFilter(witness)
  await checkDscp(witness, capture.file)
}

export function recordRun(
  witness: Witness,
  from: 'cn' | 'mn1',
  to: 'cn' | 'mn1',
  { client, server }: Iperf3Result,
): void {
  witness.report.evidence({ host: from, command: client.command, output: summary(client.output) })
  witness.report.evidence({ host: to, command: server.command, output: summary(server.output) })
}

/** A connection to a port: a reset comes from the node itself, silence from a filter. */
async function checkFilter(witness: Witness): Promise<void> {
  const seen: string[] = []
  for (const port of [filteredPort, openPort]) {
    const attempt = `timeout 0.8 bash -c '</dev/tcp/${homeAddress}/${port}' 2>/dev/null; echo exit code $?`
    const code = /exit code (\d+)/.exec(await witness.see('cn', ['sh', '-c', attempt]))?.[1]
    seen.push(`${port}: ${code === '124' ? 'silence' : code === '1' ? 'reset' : `exit code ${code}`}`)
  }
  witness.check(
    'filter',
    'What the correspondent hears of TCP ports of mn1 where nothing listens (124: no answer in time)',
    `${filteredPort}: silence, ${openPort}: reset`,
    seen.join(', '),
  )
  const dropping = (await tunnelFilters(witness.see.bind(witness), 'ha')).find((text) =>
    / gact action drop/.test(text),
  )
  const dropped = Number(/dropped (\d+)/.exec(dropping ?? '')?.[1] ?? 0)
  witness.check('dropped', 'Packets that the filter at ha dropped', 'some', String(dropped), dropped > 0)
}

async function checkDscp(witness: Witness, file: string): Promise<void> {
  const fields = ['ip.proto', 'ip.dsfield.dscp']
  const { finished, rows } = await decodeCaptures(witness.reportFolder, [file], 'tcp || udp', fields)
  witness.report.evidence({ host: 'core', command: finished.command, output: finished.output })
  const seen = (protocol: string): string =>
    [...new Set(rows.filter(([inner]) => inner?.at(-1) === protocol).map(([, marks]) => marks?.join(' in ')))]
      .sort()
      .join(', ')
  const { AF41, EF } = dscp
  witness.check(
    'dscp',
    'DSCP of tunnel and packet, between home and foreign agent: of the flow (UDP), of the rest (TCP)',
    `${EF} in ${EF}; ${AF41} in ${AF41}`,
    `${seen('17')}; ${seen('6')}`,
  )
}
