/** What must be true when everything has calmed down, whatever happened before. */
import { z } from 'zod'
import { until } from '../condition.ts'
import { LabError } from '../lab-error.ts'
import { tryInHost } from '../topology/host-command.ts'
import {
  type ForeignAgentName,
  foreignAgentNames,
  foreignAgents,
  homeAgentAddress,
  type MobileNodeName,
  mobileNodeNames,
  mobileNodes,
} from '../topology/hosts.ts'
import { type AgentState, classAt, readAgent, strays } from '../witness/agent-state.ts'
import { shapingPoint } from '../witness/subscriber-state.ts'
import type { OperatorRequests } from './operator-requests.ts'
import type { Lab } from './scenario.ts'

/** On whose access link each node is. */
export type Places = Partial<Record<MobileNodeName, ForeignAgentName>>

export interface EndState {
  /** Of the check, unique in the scenario. */
  id: string
  after: string
  places: Places
  patienceSeconds: number
}

const subscriber = z.object({
  state: z.string(),
  profile: z.object({ downlink: z.object({ rateBitsPerSecond: z.number() }) }),
  nodes: z.record(z.string(), z.unknown()),
})

/** Waits until nothing differs; what still does then, is told. Nodes have their home agent at home and profiles without flows. */
export async function checkEndState(
  lab: Lab,
  operator: OperatorRequests,
  { id, after, places, patienceSeconds }: EndState,
): Promise<boolean> {
  const begin = Date.now()
  let found: string[] = []
  await until('the end state', { timeoutSeconds: patienceSeconds, intervalMilliseconds: 200 }, async () => {
    found = await differences(lab, operator, places)
    return found.length === 0 || undefined
  }).catch((error: unknown) => {
    if (!(error instanceof LabError && error.code === 'lab/timeout')) throw error
  })
  const seconds = ((Date.now() - begin) / 1000).toFixed(1)
  return lab.witness.check(
    id,
    `What is not as it must be within ${patienceSeconds} s after ${after}: each node served by one agent, kernels as the database, nothing else in them`,
    'nothing',
    found.join('\n') || `nothing, after ${seconds} s`,
    found.length === 0,
  )
}

/** A line for each. */
async function differences(lab: Lab, operator: OperatorRequests, places: Places): Promise<string[]> {
  const agents = foreignAgentNames.filter((name) => lab.roles.hosts.includes(name))
  const home = await readAgent(shapingPoint.ha)
  const foreign = new Map<ForeignAgentName, AgentState>()
  for (const agent of agents) foreign.set(agent, await readAgent(shapingPoint[agent]))
  const nodes = mobileNodeNames.filter((node) => places[node] !== undefined)
  const found: string[] = []
  const served = nodes.map((node) => mobileNodes[node].homeAddress)
  const remotes = nodes.flatMap((node) => careOfAddress(places[node]))
  for (const stray of strays(home, served, remotes)) found.push(`ha: ${stray}`)
  for (const [agent, state] of foreign) {
    const own = nodes.filter((node) => places[node] === agent)
    const addresses = own.map((node) => mobileNodes[node].homeAddress)
    for (const stray of strays(state, addresses, own.length > 0 ? [homeAgentAddress] : []))
      found.push(`${agent}: ${stray}`)
  }
  for (const node of nodes)
    found.push(...(await nodeDifferences(lab, operator, { node, home, foreign, places })))
  return found
}

interface Surroundings {
  node: MobileNodeName
  home: AgentState
  foreign: ReadonlyMap<ForeignAgentName, AgentState>
  places: Places
}

async function nodeDifferences(
  { witness }: Lab,
  operator: OperatorRequests,
  { node, home, foreign, places }: Surroundings,
): Promise<string[]> {
  const { nai, homeAddress } = mobileNodes[node]
  const place = places[node]
  const at = place === undefined ? undefined : foreign.get(place)
  const answer = await operator.ask('GET', `/v1/subscribers/${nai}`)
  if (answer.status !== 200 || !place || !at) return [`${node}: the home server answers ${answer.status}`]
  const { state, profile, nodes } = subscriber.parse(answer.body)
  const rate = profile.downlink.rateBitsPerSecond
  const link = await witness.look(node, ['ip', '-o', 'link', 'show', 'dev', 'radio0'])
  const differing = (what: string, expected: unknown, seen: unknown): string[] =>
    expected === seen ? [] : [`${node}: ${what} is ${seen ?? 'none'}, not ${expected}`]
  const owners = [...foreign].filter(([, { routes }]) =>
    routes.some(({ address, device }) => address === homeAddress && device === 'access'),
  )
  const route = home.routes.find(({ address }) => address === homeAddress)
  const tunnel = home.tunnels.find((one) => one.interface === route?.device)
  const neighbour = at.neighbours.find(({ address }) => address === homeAddress)
  const found = [
    ...differing('the agent that serves it', place, owners.map(([name]) => name).join(', ') || undefined),
    ...differing('the far end of its tunnel at ha', foreignAgents[place].careOfAddress, tunnel?.remote),
    ...differing(`its link address at ${place}`, /link\/ether (\S+)/.exec(link)?.[1], neighbour?.linkAddress),
    ...differing('its rate at ha', rate, classAt(home, homeAddress)?.rateBitsPerSecond),
    ...differing(`its rate at ${place}`, rate, classAt(at, homeAddress)?.rateBitsPerSecond),
    ...differing('its state at the home server', 'applied', state),
    ...differing('the number of its agents at the home server', 2, Object.keys(nodes).length),
  ]
  if (found.length > 0) return found
  const { exitCode } = await tryInHost('cn', ['ping', '-n', '-c', '1', '-W', '1', homeAddress])
  return exitCode === 0 ? [] : [`${node}: does not answer to the correspondent`]
}

function careOfAddress(agent: ForeignAgentName | undefined): string[] {
  return agent === undefined ? [] : [foreignAgents[agent].careOfAddress]
}
