import type { ChosenKernel } from './kernel/choose.ts'

/** What the front end on the host asks of the process inside the lab's kernel (a JSON file, named as its only argument). */
export interface InsideOptions {
  scenario: string
  kernel: ChosenKernel
  /** An existing, writable folder; what is in it at the end is what the user gets. */
  reportFolder: string
  /** How to start the program `sojourn`: the beginning of its argument vector. */
  sojourn: readonly string[]
  /** Absolute path; scripts that are not bundled lie below it. */
  projectFolder: string
  /** The SOJOURN_* variables of the user's environment: what a scenario can be told. */
  settings: Readonly<Record<string, string>>
  /** Instead of the story: a prompt on standard input once mn1 is registered. */
  hold: boolean
  /** Instead of the story: this script, absolute path, once mn1 is registered. */
  exec?: string
  color: boolean
  /** Columns of the user's terminal. */
  width: number
}
