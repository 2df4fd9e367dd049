/** What the core does to packets, by netem on the core router's interfaces: as far away, and as bad, as real networks are. */
import { runInHost } from './host-command.ts'
import { type HostName, homeNetwork, visitorsNetwork } from './hosts.ts'

export interface Impairment {
  /** One way. */
  delayMilliseconds?: number
  /** Up to so much more or less; packets overtake each other. */
  jitterMilliseconds?: number
  lossPercent?: number
  duplicatePercent?: number
  /** So many packets are not delayed at all: needs a delay. */
  reorderPercent?: number
}

/** Between hosts of one domain nothing is changed, or everything that crosses the core suffers. */
export type Reach = 'between-domains' | 'everywhere'

/** The hosts of a domain behind the core router, and the networks of which they send. */
const domains = [
  { hosts: ['hr', 'ha', 'ha2', 'hs'], networks: ['10.0.0.0/16', '203.0.113.0/24', homeNetwork] },
  { hosts: ['fsa', 'haa', 'a1', 'a2'], networks: ['10.1.0.0/16', visitorsNetwork] },
  { hosts: ['fsb', 'b1'], networks: ['10.2.0.0/16'] },
  { hosts: ['ca'], networks: ['10.3.0.0/16'] },
] as const satisfies readonly { hosts: readonly HostName[]; networks: readonly string[] }[]

/** More than are ever on their way. */
const queuedPackets = 20_000
const bands = 2
/** Every priority to the second band, the one with netem. */
const priorities = Array.from({ length: 16 }, () => bands - 1)

/** Impairs what these hosts receive through the core, instead of what was before. */
export async function impair(
  hosts: readonly HostName[],
  impairment: Impairment,
  reach: Reach = 'between-domains',
): Promise<void> {
  await tcBatch(
    neighbours(hosts).flatMap(({ host, networks }) => [
      `qdisc replace dev ${host} root noqueue`,
      `qdisc replace dev ${host} root handle 1: prio bands ${bands} priomap ${priorities.join(' ')}`,
      `qdisc add dev ${host} parent 1:${bands} netem limit ${queuedPackets} ${netemOptions(impairment)}`,
      ...(reach === 'everywhere' ? [] : networks).map(
        (network) => `filter add dev ${host} parent 1: protocol ip flower src_ip ${network} classid 1:1`,
      ),
    ]),
  )
}

export async function endImpairment(hosts: readonly HostName[]): Promise<void> {
  await tcBatch(neighbours(hosts).map(({ host }) => `qdisc replace dev ${host} root noqueue`))
}

function neighbours(hosts: readonly HostName[]) {
  return domains.flatMap((domain) =>
    domain.hosts.filter((host) => hosts.includes(host)).map((host) => ({ host, networks: domain.networks })),
  )
}

/** The words of `tc qdisc … netem`. Pure. */
export function netemOptions(impairment: Impairment): string {
  const {
    delayMilliseconds = 0,
    jitterMilliseconds,
    lossPercent,
    duplicatePercent,
    reorderPercent,
  } = impairment
  return [
    `delay ${delayMilliseconds}ms`,
    jitterMilliseconds === undefined ? [] : `${jitterMilliseconds}ms`,
    lossPercent === undefined ? [] : `loss ${lossPercent}%`,
    duplicatePercent === undefined ? [] : `duplicate ${duplicatePercent}%`,
    reorderPercent === undefined ? [] : `reorder ${reorderPercent}%`,
  ]
    .flat()
    .join(' ')
}

async function tcBatch(lines: readonly string[]): Promise<void> {
  await runInHost('core', ['tc', '-batch', '-'], { input: `${lines.join('\n')}\n` })
}
