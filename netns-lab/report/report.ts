import type { Clock } from '#core/clock.ts'

/** What one run of a scenario measured and saw: `report.json` is this value, `report.html` shows it. All `atSeconds` count from `startedAt`. */
export interface Report {
  schema: 1
  scenario: string
  title: string
  kernel: Kernel
  /** ISO 8601. */
  startedAt: string
  durationSeconds: number
  /** True only if there is at least one check and every check holds. */
  holds: boolean
  steps: Step[]
  figures: Figure[]
  series: Series[]
  handovers: Handover[]
  /** Paths relative to the report's folder. */
  captures: string[]
  topology: Topology
}

export interface Kernel {
  kind: 'native' | 'user-mode-linux'
  release: string
  /** Why this kernel was chosen, as a sentence for the reader. */
  why: string
}

export interface Step {
  id: string
  title: string
  atSeconds: number
  durationSeconds: number
  checks: Check[]
  evidence: Evidence[]
}

export interface Check {
  id: string
  what: string
  expected: string
  seen: string
  holds: boolean
}

/** A command of an independent witness (`ip`, `tc`, `iperf3`, `tshark`) and all that it printed. */
export interface Evidence {
  host: string
  command: string
  output: string
}

export interface Figure {
  id: string
  what: string
  value: number
  unit: string
}

export interface Series {
  id: string
  what: string
  unit: string
  points: { atSeconds: number; value: number }[]
  marks: { atSeconds: number; label: string }[]
  /** What the series should show over a span of time: drawn as a band behind it. */
  reference?: { fromSeconds: number; toSeconds: number; value: number; label: string }[]
}

export interface Handover {
  node: string
  from: string
  to: string
  /** When the link was taken from `from`. */
  atSeconds: number
  gapMilliseconds: number
  lostPackets: number
  sentPackets: number
  /** The packets around the gap as they came in. */
  arrivals: { atSeconds: number; sequence?: number }[]
}

export interface Topology {
  hosts: { name: string; role: string; group: string }[]
  links: { a: string; b: string; kind: 'wire' | 'tunnel' | 'diameter' | 'access' }[]
}

/** What a run is, known before it starts. */
export type ReportSubject = Pick<Report, 'scenario' | 'title' | 'kernel' | 'topology'>

/** Hears of everything in the moment it is recorded (`progress.ts` prints it). */
export interface ReportListener {
  started(subject: ReportSubject): void
  stepStarted(step: Step): void
  /** What goes on now and takes a while; stands in no report. */
  activity(text: string): void
  checked(check: Check): void
  /** `decisive` picks the lines that prove the point; without it the listener may cut the output as it likes. */
  evidenceRecorded(evidence: Evidence, decisive: RegExp | undefined): void
  figureRecorded(figure: Figure): void
  handoverRecorded(handover: Handover): void
  stepEnded(step: Step): void
  finished(report: Report): void
}

/** Builds a Report while a scenario runs. A step ends where the next one starts. */
export class ReportRecorder {
  readonly #clock: Clock
  readonly #listeners: readonly ReportListener[]
  readonly #startMilliseconds: number
  readonly #report: Report
  #step: Step | undefined

  constructor(subject: ReportSubject, clock: Clock, listeners: readonly ReportListener[] = []) {
    this.#clock = clock
    this.#listeners = listeners
    this.#startMilliseconds = clock.now()
    this.#report = {
      schema: 1,
      ...subject,
      startedAt: new Date(this.#startMilliseconds).toISOString(),
      durationSeconds: 0,
      holds: false,
      steps: [],
      figures: [],
      series: [],
      handovers: [],
      captures: [],
    }
    for (const listener of listeners) listener.started(subject)
  }

  /** Seconds since the start, or of the given moment (milliseconds since 1970), in the report's time. */
  atSeconds(milliseconds = this.#clock.now()): number {
    return Math.round(milliseconds - this.#startMilliseconds) / 1000
  }

  step(id: string, title: string): void {
    this.#endStep()
    const step: Step = {
      id,
      title,
      atSeconds: this.atSeconds(),
      durationSeconds: 0,
      checks: [],
      evidence: [],
    }
    this.#step = step
    this.#report.steps.push(step)
    for (const listener of this.#listeners) listener.stepStarted(step)
  }

  activity(text: string): void {
    for (const listener of this.#listeners) listener.activity(text)
  }

  /** Records a check of the current step; returns whether it holds. */
  check(check: Check): boolean {
    this.#currentStep(`check "${check.id}"`).checks.push(check)
    for (const listener of this.#listeners) listener.checked(check)
    return check.holds
  }

  evidence(evidence: Evidence, decisive?: RegExp): void {
    this.#currentStep(`evidence "${evidence.command}"`).evidence.push(evidence)
    for (const listener of this.#listeners) listener.evidenceRecorded(evidence, decisive)
  }

  figure(figure: Figure): void {
    this.#report.figures.push(figure)
    for (const listener of this.#listeners) listener.figureRecorded(figure)
  }

  series(series: Series): void {
    this.#report.series.push(series)
  }

  handover(handover: Handover): void {
    this.#report.handovers.push(handover)
    for (const listener of this.#listeners) listener.handoverRecorded(handover)
  }

  capture(path: string): void {
    this.#report.captures.push(path)
  }

  /** Ends the last step and returns the report. Nothing may be recorded afterwards. */
  finish(): Report {
    this.#endStep()
    const checks = this.#report.steps.flatMap((step) => step.checks)
    this.#report.durationSeconds = this.atSeconds()
    this.#report.holds = checks.length > 0 && checks.every((check) => check.holds)
    for (const listener of this.#listeners) listener.finished(this.#report)
    return this.#report
  }

  #currentStep(what: string): Step {
    if (!this.#step) throw new Error(`${what} was recorded outside of a step`)
    return this.#step
  }

  #endStep(): void {
    const step = this.#step
    if (!step) return
    step.durationSeconds = Math.round((this.atSeconds() - step.atSeconds) * 1000) / 1000
    this.#step = undefined
    for (const listener of this.#listeners) listener.stepEnded(step)
  }
}
