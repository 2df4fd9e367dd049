import { stripVTControlCharacters, styleText } from 'node:util'
import { verdict } from './page.ts'
import type {
  Check,
  Evidence,
  Figure,
  Handover,
  Report,
  ReportListener,
  ReportSubject,
  Step,
} from './report.ts'
import { formatNumber } from './scale.ts'

export interface Terminal {
  write: (text: string) => void
  color: boolean
  /** Columns. */
  width: number
}

/** How many lines of an output stand on the terminal; the report has all of them. */
const shownLines = 4
const indent = '     '

/** Tells a run on a terminal while it happens: a line per step, below it what goes on, the checks, and the evidence in short. */
export class Progress implements ReportListener {
  readonly #terminal: Terminal

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  started({ title, kernel }: ReportSubject): void {
    const kind = kernel.kind === 'native' ? 'native' : 'user-mode Linux'
    this.#line('')
    this.#line(` ${this.#style('bold', title)}`)
    this.#line(this.#style('dim', ` Linux ${kernel.release}, ${kind}: ${kernel.why}`))
  }

  stepStarted({ title }: Step): void {
    this.#line('')
    this.#line(` ${this.#style('cyan', '●')}   ${this.#style('bold', title)}`)
  }

  activity(text: string): void {
    this.#line(this.#style('dim', `${indent}… ${this.#fit(text, 7)}`))
  }

  checked(check: Check): void {
    const seen = oneLine(check.seen)
    const expected = oneLine(check.expected)
    const column = Math.min(52, Math.floor(this.#terminal.width * 0.5))
    const what = oneLine(check.what)
    if (!check.holds) {
      this.#line(`${indent}${this.#style('red', `✗ ${what}`)}`)
      this.#line(`${indent}  expected  ${expected}`)
      this.#line(`${indent}  seen      ${this.#style('red', seen)}`)
      return
    }
    const mark = `${indent}${this.#style('green', '✓')} `
    const aside = expected === seen ? '' : `  (expected ${expected})`
    const together =
      what.length <= column && column + 2 + seen.length + aside.length + 7 <= this.#terminal.width
    if (together) this.#line(`${mark}${what.padEnd(column)}  ${seen}${this.#style('dim', aside)}`)
    else {
      this.#line(`${mark}${what}`)
      this.#line(`${indent}  ${this.#style('dim', '→')} ${seen}${this.#style('dim', aside)}`)
    }
  }

  evidenceRecorded(evidence: Evidence, decisive: RegExp | undefined): void {
    const lines = stripVTControlCharacters(evidence.output)
      .split('\n')
      .map((line) => line.trimEnd())
      .filter((line) => line !== '')
    const chosen = decisive ? lines.filter((line) => line.search(decisive) >= 0) : lines
    const shown = chosen.slice(0, shownLines)
    const left = chosen.length - shown.length
    this.#line(
      this.#style('dim', `${indent}${evidence.host}$ `) +
        this.#fit(oneLine(evidence.command), 7 + evidence.host.length),
    )
    for (const line of shown)
      this.#line(this.#style('dim', `${indent}  ${this.#fit(line.replaceAll('\t', '  '), 7)}`))
    if (left > 0) this.#line(this.#style('dim', `${indent}  … ${left} more ${left === 1 ? 'line' : 'lines'}`))
    if (lines.length === 0) this.#line(this.#style('dim', `${indent}  (printed nothing)`))
  }

  /** Figures come together at the end, where they can be compared. */
  figureRecorded(_figure: Figure): void {}

  handoverRecorded(handover: Handover): void {
    const gap = this.#style('bold', `${formatNumber(handover.gapMilliseconds)} ms`)
    const lost = `${formatNumber(handover.lostPackets)} of ${formatNumber(handover.sentPackets)} packets lost`
    this.#line(`${indent}${handover.node}: ${handover.from} → ${handover.to}, gap ${gap}, ${lost}`)
  }

  stepEnded(step: Step): void {
    this.#line(this.#style('dim', `${indent}${step.durationSeconds.toFixed(1)} s`))
  }

  finished(report: Report): void {
    const numbers = report.figures.map((figure) => ({ ...figure, number: formatNumber(figure.value) }))
    const numberWidth = Math.max(0, ...numbers.map(({ number }) => number.length))
    const unitWidth = Math.max(0, ...numbers.map(({ unit }) => unit.length))
    if (numbers.length > 0) this.#line('')
    for (const { number, unit, what } of numbers)
      this.#line(
        `${indent}${this.#style('bold', number.padStart(numberWidth))} ${unit.padEnd(unitWidth)}   ${what}`,
      )
    this.#line('')
    for (const step of report.steps)
      for (const check of step.checks)
        if (!check.holds)
          this.#line(
            ` ${this.#style('red', '✗')}   ${oneLine(check.what)} ${this.#style('dim', `(${step.title})`)}`,
          )
    const outcome = `${verdict(report)} (${report.steps.length} steps, ${formatNumber(report.durationSeconds)} s)`
    this.#line(
      ` ${report.holds ? this.#style('green', `✓   ${outcome}`) : this.#style('red', `✗   ${outcome}`)}`,
    )
  }

  #line(text: string): void {
    this.#terminal.write(`${text}\n`)
  }

  #style(format: 'bold' | 'dim' | 'green' | 'red' | 'cyan', text: string): string {
    return this.#terminal.color && text !== '' ? styleText(format, text, { validateStream: false }) : text
  }

  /** One terminal line, after `taken` columns. */
  #fit(text: string, taken: number): string {
    const room = Math.max(20, this.#terminal.width - taken)
    return text.length <= room ? text : `${text.slice(0, room - 1)}…`
  }
}

function oneLine(text: string): string {
  return stripVTControlCharacters(text).replace(/\s+/g, ' ').trim()
}
