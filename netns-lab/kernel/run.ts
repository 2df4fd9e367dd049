import type { KernelKind } from './choose.ts'
import type { IsolatedProcess } from './isolated-process.ts'
import type { KernelRun } from './kernel-run.ts'
import { startNative } from './native.ts'
import { startUserModeLinux } from './user-mode-linux.ts'

/** Starts a command on a kernel of this kind. Ending it, in whatever way, takes everything of it away. */
export function startInKernel(kind: KernelKind, run: KernelRun): IsolatedProcess {
  switch (kind) {
    case 'native':
      return startNative(run)
    case 'user-mode-linux':
      return startUserModeLinux(run)
  }
}
