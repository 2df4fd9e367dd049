import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { until } from '../condition.ts'
import { LabError } from '../lab-error.ts'
import { commandFailed, commandLine, type Finished } from '../topology/host-command.ts'
import type { HostName } from '../topology/hosts.ts'
import { WitnessProcess } from './process.ts'

export interface CapturePoint {
  host: HostName
  /** `any`: every interface of the host, each packet once, as it comes in. */
  interface: string
  /** pcap-filter expression. */
  filter: string
  /** Bytes kept of each packet. */
  snapLength: number
  /** tcpdump looks once in a second, for streams whose time is measured: the packets of the last second may be missing. */
  unhurried?: boolean
}

/** A tcpdump that writes a file. `file` is relative to the report's folder. */
export class Capture {
  readonly file: string
  readonly host: HostName
  readonly #process: WitnessProcess

  private constructor(file: string, process: WitnessProcess) {
    this.file = file
    this.host = process.host
    this.#process = process
  }

  /** Resolves when packets are being captured. @throws lab/timeout with what tcpdump said */
  static async start(reportFolder: string, file: string, point: CapturePoint): Promise<Capture> {
    const path = join(reportFolder, file)
    mkdirSync(dirname(path), { recursive: true })
    const once = point.interface === 'any' ? ['-Q', 'in'] : []
    const prompt = point.unhurried ? [] : ['-U', '--immediate-mode']
    const command = [
      // -Z: Debian's tcpdump would become another user. -U: each packet is written at once. -w -: a file it would try to
      // give to root, which an unprivileged user's root may not.
      ...['tcpdump', '-Z', 'root', '-i', point.interface, ...once, '-n', ...prompt],
      ...['-s', String(point.snapLength), '-B', '4096', '-w', '-', point.filter],
    ]
    const process = new WitnessProcess(point.host, command, { outputFile: path })
    await until(
      `${point.host}: tcpdump listens on ${point.interface}`,
      { timeoutSeconds: 10 },
      () => (process.complaint.includes('listening on') ? true : process.running ? undefined : true),
      () => process.complaint,
    )
    if (!process.running) throw commandFailed(point.host, await process.finished)
    return new Capture(file, process)
  }

  /** Ends the capture. @throws lab/command if the kernel dropped packets that should be in it */
  async stop(): Promise<void> {
    const { complaint } = await this.#process.stop('SIGINT')
    const dropped = Number(/(\d+) packets? dropped by kernel/.exec(complaint)?.[1] ?? 0)
    if (dropped > 0)
      throw new LabError(
        'lab/command',
        `${this.host}: ${dropped} packets are missing in the capture ${this.file}`,
      )
  }
}

/** Characters that no field of ours contains. */
const separator = '\t'
const aggregator = ' '

export interface DecodedPackets {
  finished: Finished
  /** A row per packet, a column per field; several values of one field stand side by side. */
  rows: string[][][]
}

/**
 * Decodes captures with tshark, merged by time when there are several. tshark takes over a second to start in user-mode Linux: ask for
 * all fields at once.
 */
export async function decodeCaptures(
  reportFolder: string,
  files: readonly string[],
  displayFilter: string,
  fields: readonly string[],
): Promise<DecodedPackets> {
  const shape = ['-E', `separator=/t`, '-E', 'occurrence=a', '-E', 'aggregator=/s']
  const options = [
    '-n',
    '-Y',
    displayFilter,
    '-T',
    'fields',
    ...shape,
    ...fields.flatMap((field) => ['-e', field]),
  ]
  const [first = '', ...more] = files
  const command =
    more.length === 0
      ? commandLine(['tshark', '-r', first, ...options])
      : `${commandLine(['mergecap', '-w', '-', ...files])} | ${commandLine(['tshark', '-r', '-', ...options])}`
  const result = await execa('sh', ['-c', command], { cwd: reportFolder, reject: false, stdin: 'ignore' })
  if (result.failed) {
    const lastWords = result.stderr.trimEnd().split('\n').slice(-5).join('\n')
    throw new LabError('lab/command', `\`${command}\` ended with ${result.exitCode}:\n${lastWords}`)
  }
  return {
    finished: { command, output: result.stdout, complaint: result.stderr, exitCode: 0 },
    rows: parseFields(result.stdout),
  }
}

/** The output of `tshark -T fields` with a tab between fields and a space between the values of one. */
export function parseFields(text: string): string[][][] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(separator).map((cell) => cell.split(aggregator).filter(Boolean)))
}
