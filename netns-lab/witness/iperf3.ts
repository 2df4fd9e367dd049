import { z } from 'zod'
import { until } from '../condition.ts'
import { LabError } from '../lab-error.ts'
import { commandFailed } from '../topology/host-command.ts'
import type { HostName } from '../topology/hosts.ts'
import { countersOf } from './network-counters.ts'
import { WitnessProcess } from './process.ts'

const interval = z.object({ start: z.number(), end: z.number(), seconds: z.number(), bytes: z.number() })

/** The part of `iperf3 -J` (3.9 and later) that the lab reads. */
const document = z.object({
  error: z.string().optional(),
  intervals: z
    .array(z.object({ sum: interval, streams: z.array(z.object({ pmtu: z.number().optional() })) }))
    .default([]),
  end: z
    .object({
      sum: z.object({ packets: z.number(), lost_packets: z.number() }).optional(),
      sum_sent: z.object({ retransmits: z.number().optional() }).optional(),
    })
    .default({}),
})

export interface GoodputInterval {
  startSeconds: number
  endSeconds: number
  bytes: number
}

export interface Iperf3Report {
  /** What iperf3 itself calls an error; undefined when it ended well. */
  error: string | undefined
  intervals: GoodputInterval[]
  /** As the kernel of the sender had discovered it at the end of the run. */
  pathMtu: number | undefined
  retransmits: number | undefined
  datagrams: { counted: number; lost: number } | undefined
}

/** @throws lab/command if the text is not what `iperf3 -J` prints */
export function parseIperf3(text: string): Iperf3Report {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new LabError('lab/command', `iperf3 printed no JSON: ${text.slice(0, 500)}`, { cause })
  }
  const parsed = document.safeParse(json)
  if (!parsed.success)
    throw new LabError('lab/command', 'iperf3 printed another document', { cause: parsed.error })
  const { error, intervals, end } = parsed.data
  return {
    error,
    intervals: intervals
      .filter(({ sum }) => sum.seconds > 0)
      .map(({ sum }) => ({ startSeconds: sum.start, endSeconds: sum.end, bytes: sum.bytes })),
    pathMtu: intervals.at(-1)?.streams[0]?.pmtu,
    retransmits: end.sum_sent?.retransmits,
    datagrams: end.sum && { counted: end.sum.packets, lost: end.sum.lost_packets },
  }
}

const summarized = z.object({
  intervals: z.array(z.object({ sum: z.unknown() })).default([]),
  end: z.unknown(),
  error: z.string().optional(),
})

/** A report for the reader: a line for the sum of each interval, then how it ended. */
export function summary(json: string): string {
  const { intervals, end, error } = summarized.parse(JSON.parse(json || '{}'))
  return [...intervals.map(({ sum }) => JSON.stringify({ sum })), JSON.stringify({ end, error })].join('\n')
}

export interface Iperf3Run {
  from: HostName
  to: { host: HostName; address: string; port: number }
  seconds: number
  /** Length of a reported interval. */
  intervalSeconds: number
  /** A paced stream of datagrams; TCP at full speed without it. */
  datagrams?: { rateBitsPerSecond: number; bytes: number }
  /** Of TCP: no faster than this. */
  paceBitsPerSecond?: number
}

export interface Iperf3Result {
  sender: Iperf3Report
  receiver: Iperf3Report
  client: { command: string; output: string }
  server: { command: string; output: string }
}

/** An iperf3 server and client that run beside the story. */
export class Iperf3 {
  readonly #server: WitnessProcess
  readonly #client: WitnessProcess

  private constructor(server: WitnessProcess, client: WitnessProcess) {
    this.#server = server
    this.#client = client
  }

  static async start(run: Iperf3Run): Promise<Iperf3> {
    const { port, address, host } = run.to
    const shared = ['-p', String(port), '-i', String(run.intervalSeconds), '-J']
    const server = new WitnessProcess(host, ['iperf3', '-4', '-s', '-1', ...shared])
    const counters = countersOf(server.processId)
    await until(
      `${host}: iperf3 listens on port ${port}`,
      { timeoutSeconds: 10 },
      () => counters.listening(port) || undefined,
      () => server.output + server.complaint,
    )
    const { datagrams, paceBitsPerSecond } = run
    const kind = datagrams
      ? ['-u', '-b', String(datagrams.rateBitsPerSecond), '-l', String(datagrams.bytes)]
      : // The algorithm is named so that results do not hang on a machine's default.
        ['-C', 'cubic', ...(paceBitsPerSecond === undefined ? [] : ['-b', String(paceBitsPerSecond)])]
    const command = ['iperf3', '-4', '-c', address, ...shared, '-t', String(run.seconds), ...kind]
    return new Iperf3(server, new WitnessProcess(run.from, command))
  }

  get running(): boolean {
    return this.#client.running
  }

  /** Ends it before its time. Nothing is read of its reports. */
  async stop(): Promise<void> {
    await this.#client.stop('SIGINT')
    await this.#server.stop()
  }

  /** Waits for the end. @throws lab/command if either side printed no report */
  async result(): Promise<Iperf3Result> {
    const client = await this.#client.finished
    const server = await this.#stopped(client.exitCode === 0)
    if (!client.output.trim()) throw commandFailed(this.#client.host, client)
    return {
      sender: parseIperf3(client.output),
      receiver: parseIperf3(server.output || '{"error": "the server saw no test"}'),
      client,
      server,
    }
  }

  async #stopped(testEnded: boolean) {
    return testEnded ? await this.#server.finished : await this.#server.stop()
  }
}
