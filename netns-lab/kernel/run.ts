import type { KernelKind } from './choose.ts'
import type { IsolatedProcess } from './isolated-process.ts'
import { startNative } from './native.ts'
import { startUserModeLinux } from './user-mode-linux.ts'

/** A command to run as root on a kernel that has the drivers, apart from the machine. */
export interface KernelRun {
  command: readonly string[]
  /** An existing folder, absolute: what is written here (and nowhere else) is there after the run. */
  folder: string
  stdin: 'inherit' | 'ignore'
  /** User-mode Linux only: the processor to stay on; the last one when absent. */
  cpu?: number
}

export function startInKernel(kind: KernelKind, run: KernelRun): IsolatedProcess {
  switch (kind) {
    case 'native':
      return startNative(run)
    case 'user-mode-linux':
      return startUserModeLinux(run)
  }
}
