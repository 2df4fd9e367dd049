import { z } from 'zod'
import { until } from '../../condition.ts'
import { foreignAgents } from '../../topology/hosts.ts'
import type { Capture } from '../../witness/capture.ts'
import { Iperf3 } from '../../witness/iperf3.ts'
import { countersOf } from '../../witness/network-counters.ts'
import { OperatorRequests } from '../operator-requests.ts'
import { joinNode, prepare } from '../preparation.ts'
import { agents, type Classes, classesOf, sameClasses, tunnelFilters } from '../profile/held-by-kernels.ts'
import { homeAddress, nai } from '../profile/offer.ts'
import { recordRun } from '../profile/on-the-wire.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { checkUnbroken, runGoodput } from '../tour/goodput-run.ts'
import { changes, first, streamPort } from './changes.ts'
import { judge, type Looks } from './verdict.ts'

const seconds = 12
/** 500 datagrams a second, with all headers 1 Mbit/s. */
const datagrams = { rateBitsPerSecond: 800_000, bytes: 200 }
/** That many packets reach mn1 between two changes. */
const between = 150
const headersOnly = 96

const distributed = z.object({
  distributed: z.array(
    z.object({
      revision: z.number(),
      state: z.string(),
      nodes: z.record(z.string(), z.object({ revision: z.number().nullable() })),
    }),
  ),
})

/** Every kind of change under load: no packet is lost, doubled, overtaken or unshaped by it. */
export const updateInPlace: Scenario = {
  title: `${changes.length} changes of a profile under a stream and a TCP run, each packet accounted for`,
  async run(lab) {
    const { witness } = lab
    await prepare(lab)
    const operator = new OperatorRequests(lab)
    await operator.order('PUT', '/v1/profiles/steady', { document: first, reason: 'first' })
    await operator.order('PUT', `/v1/subscribers/${nai}/profile`, { profile: 'steady' })
    await joinNode(lab, 'mn1', 'a1')
    witness.report.step('changes', `${changes.length} changes in mid-stream`)
    const captures = await capture(lab)
    const before = await look(lab)
    const stream = await Iperf3.start({
      from: 'cn',
      to: { host: 'mn1', address: homeAddress, port: streamPort },
      seconds: seconds + 1,
      intervalSeconds: 1,
      datagrams,
    })
    const [run] = await runGoodput(witness, 'in-place', ['mn1'], seconds, async () => {
      await change(lab, operator)
      witness.check(
        'in-mid-stream',
        'Whether the stream still ran after the last change',
        'true',
        String(stream.running),
      )
    })
    recordRun(witness, 'cn', 'mn1', await stream.result())
    const after = await look(lab, before.classes)
    await witness.stopCaptures(Object.values(captures))
    operator.close()
    if (run) checkUnbroken(witness, run)
    witness.report.step('ledger', 'Every packet is accounted for')
    judge(witness, captures, before, after)
  },
}

/** Where the packets come in, between the agents, and where they arrive. */
async function capture({ witness }: Lab): Promise<Record<'in' | 'core' | 'out', Capture>> {
  const snapLength = headersOnly
  const toNode = `ip and dst host ${homeAddress}`
  const tunnelled = `ip proto 4 and dst host ${foreignAgents.a1.careOfAddress}`
  const points = {
    in: { host: 'ha', interface: 'cn0', filter: toNode, snapLength },
    core: { host: 'core', interface: 'any', filter: tunnelled, snapLength },
    out: { host: 'mn1', interface: 'radio0', filter: toNode, snapLength },
  } as const
  const start = (name: keyof typeof points) => witness.capture(name, points[name], { isDecoded: false })
  return { in: await start('in'), core: await start('core'), out: await start('out') }
}

/** The counters of mn1's classes and queues at both agents. */
async function look({ witness }: Lab, same?: Classes): Promise<Looks> {
  const run = witness.see.bind(witness)
  const classes = same ? await sameClasses(run, same) : await classesOf(run)
  const queues = {
    ha: await run('ha', ['tc', '-s', 'qdisc', 'show', 'dev', 'core0'], /fq_codel|dropped/),
    a1: await run('a1', ['tc', '-s', 'qdisc', 'show', 'dev', 'access'], /fq_codel|dropped/),
  }
  return { classes, queues, filters: await tunnelFilters(run, 'ha') }
}

async function change({ witness, roles }: Lab, operator: OperatorRequests): Promise<void> {
  const counters = countersOf(roles.daemon('mn1').processId)
  const arrived = () => counters.received('radio0').packets
  const lines: string[] = []
  for (const { what, document } of changes) {
    const wanted = arrived() + between
    await until(`${between} packets reach mn1 before: ${what}`, { timeoutSeconds: 10 }, () =>
      arrived() >= wanted ? true : undefined,
    )
    const { body, sentAt, answeredAt } = await operator.order('PUT', '/v1/profiles/steady', {
      document,
      reason: what,
    })
    const [outcome] = distributed.parse(body).distributed
    const held = Object.values(outcome?.nodes ?? {}).filter(({ revision }) => revision === outcome?.revision)
    lines.push(
      `${what}: revision ${outcome?.revision} ${outcome?.state}, ${(answeredAt - sentAt).toFixed(1)} ms`,
    )
    witness.check(
      what.replaceAll(' ', '-'),
      `Agents whose kernels hold the change, by their read-back: ${what}`,
      `${agents.length}`,
      String(held.length),
    )
  }
  const wanted = arrived() + between
  await until(`${between} packets reach mn1 after the last change`, { timeoutSeconds: 10 }, () =>
    arrived() >= wanted ? true : undefined,
  )
  witness.report.evidence({ host: 'hs', command: 'PUT /v1/profiles/steady', output: lines.join('\n') })
}
