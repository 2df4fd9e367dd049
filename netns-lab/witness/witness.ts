import type { ReportRecorder } from '../report/report.ts'
import { commandFailed, tryInHost } from '../topology/host-command.ts'
import type { HostName } from '../topology/hosts.ts'
import { Capture, type CapturePoint } from './capture.ts'
import { readSignalling, type SignallingMessage } from './signalling.ts'

/** Looks with the independent programs (`ip`, `tc`, `iperf3`, `tcpdump`, `tshark`), and puts what they show into the report. */
export class Witness {
  readonly report: ReportRecorder
  readonly reportFolder: string
  readonly #captures = new Set<Capture>()
  readonly #captureFiles: string[] = []
  #failed = false

  constructor(report: ReportRecorder, reportFolder: string) {
    this.report = report
    this.reportFolder = reportFolder
  }

  /** Runs a command in a host and records it as evidence. @returns what it printed. @throws lab/command */
  async see(host: HostName, command: readonly string[], decisive?: RegExp): Promise<string> {
    // In the report's folder, so that captures are named as the reader finds them.
    const finished = await tryInHost(host, command, { folder: this.reportFolder })
    const { output, complaint, exitCode } = finished
    const shown = exitCode === 0 ? output : [output, complaint].filter(Boolean).join('\n')
    this.report.evidence({ host, command: finished.command, output: shown }, decisive)
    if (exitCode !== 0) throw commandFailed(host, finished)
    return output
  }

  /** Runs a command in a host without a word in the report, for looking again and again. @throws lab/command */
  async look(host: HostName, command: readonly string[]): Promise<string> {
    const finished = await tryInHost(host, command)
    if (finished.exitCode !== 0) throw commandFailed(host, finished)
    return finished.output
  }

  /** Starts a capture into `captures/NAME.pcap`. `isDecoded: false`: one so long that tshark is not asked about it at the end. */
  async capture(name: string, point: CapturePoint, { isDecoded = true } = {}): Promise<Capture> {
    const capture = await Capture.start(this.reportFolder, `captures/${name}.pcap`, point)
    this.#captures.add(capture)
    this.report.capture(capture.file)
    if (isDecoded) this.#captureFiles.push(capture.file)
    return capture
  }

  /** The captures that tshark is to understand, relative to the report's folder. */
  get captureFiles(): readonly string[] {
    return this.#captureFiles
  }

  /** The signalling in captures that have ended, recorded as evidence. */
  async signalling(captures: readonly Capture[], decisive?: RegExp): Promise<SignallingMessage[]> {
    const files = captures.map(({ file }) => file)
    const { decoded, messages } = await readSignalling(this.reportFolder, files)
    const { command, output } = decoded.finished
    this.report.evidence({ host: captures[0]?.host ?? '', command, output }, decisive)
    return messages
  }

  async stopCaptures(captures: readonly Capture[]): Promise<void> {
    await Promise.all(
      captures.map((capture) => {
        this.#captures.delete(capture)
        return capture.stop()
      }),
    )
  }

  /** Ends what a story that broke off has left running. */
  async stopAll(): Promise<void> {
    await Promise.allSettled([...this.#captures].map((capture) => capture.stop()))
    this.#captures.clear()
  }

  /** Records a check; without `holds` it holds when what was seen is what was expected. */
  check(id: string, what: string, expected: string, seen: string, holds = expected === seen): boolean {
    this.#failed ||= !holds
    return this.report.check({ id, what, expected, seen, holds })
  }

  /** Whether some check has not held. */
  get failed(): boolean {
    return this.#failed
  }
}
