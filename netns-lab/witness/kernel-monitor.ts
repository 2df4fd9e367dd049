import { until } from '../condition.ts'
import { tryInHost } from '../topology/host-command.ts'
import type { HostName } from '../topology/hosts.ts'
import { countersOf } from './network-counters.ts'
import { WitnessProcess } from './process.ts'

export interface KernelEvent {
  /** Milliseconds since 1970, with microseconds as a fraction. */
  atMilliseconds: number
  text: string
}

/**
 * `ip monitor` and `tc monitor` of a host: every change of links, routes, neighbours, classes and filters, with its time. They run with
 * real-time priority where that is allowed, so that they note a change when it happens and not when the daemon that made it pauses.
 */
export class KernelMonitor {
  readonly host: HostName
  readonly #ip: WitnessProcess
  readonly #tc: WitnessProcess

  private constructor(host: HostName, prefix: readonly string[]) {
    this.host = host
    this.#ip = new WitnessProcess(host, ['ip', '-tshort', 'monitor', 'link', 'route', 'neigh'], { prefix })
    this.#tc = new WitnessProcess(host, ['tc', '-tshort', 'monitor'], { prefix })
  }

  static async start(host: HostName): Promise<KernelMonitor> {
    const realTime = ['chrt', '--fifo', '10']
    const allowed = (await tryInHost(host, [...realTime, 'true'])).exitCode === 0
    const monitor = new KernelMonitor(host, allowed ? realTime : [])
    for (const process of [monitor.#ip, monitor.#tc])
      await until(
        `${host}: ${process.command.join(' ')} listens`,
        { timeoutSeconds: 10 },
        () => countersOf(process.processId).hearsRtnetlink() || undefined,
        () => process.complaint,
      )
    return monitor
  }

  /** Ends both; returns what they saw. */
  async stop(): Promise<{ command: string; events: KernelEvent[] }[]> {
    const finished = await Promise.all([this.#ip.stop(), this.#tc.stop()])
    return finished.map(({ command, output }) => ({ command, events: parseMonitor(output) }))
  }
}

/** The output of `ip -tshort monitor` and `tc -tshort monitor` under TZ=UTC; lines without a time belong to the one before. */
export function parseMonitor(text: string): KernelEvent[] {
  return text.split(/^(?=\[\d{4}-)/m).flatMap((entry) => {
    const [, second, fraction = '', rest] = /^\[([^.\]]+)\.?(\d*)\] ?(.*)$/s.exec(entry) ?? []
    const atMilliseconds = Date.parse(`${second}Z`) + Number(`0.${fraction || '0'}`) * 1000
    return rest === undefined || Number.isNaN(atMilliseconds) ? [] : { atMilliseconds, text: rest.trimEnd() }
  })
}
