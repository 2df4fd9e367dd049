/** A command to run as root on a kernel that has the drivers, apart from the machine. */
export interface KernelRun {
  command: readonly string[]
  /** An existing folder, absolute: what is written here (and nowhere else) is there after the run. */
  folder: string
  /** Our standard input goes to the command; absent: it has none. */
  input?: ConsoleInput
}

export interface ConsoleInput {
  /** What the command understands as the end of input, where the descriptor cannot be closed. */
  endOfInput: string
}
