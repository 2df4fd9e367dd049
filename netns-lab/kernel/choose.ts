import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { LabError } from '../lab-error.ts'

export const kernelKinds = ['native', 'user-mode-linux'] as const
export type KernelKind = (typeof kernelKinds)[number]

/** The kernel the lab will run on, and why that one, in words for the user. */
export interface ChosenKernel {
  kind: KernelKind
  why: string
}

export const userModeLinuxProgram = '/usr/bin/linux.uml'

/** What stands in the way of running on this machine's own kernel; empty when nothing does. */
export function nativeObstacle(): string {
  // Root of a user namespace could set up all of the datapath, but tcpdump refuses to capture there.
  if (process.getuid?.() !== 0) return "it takes root to run on this machine's own kernel"
  const probe = spawnSync('sh', [fileURLToPath(new URL('probe.sh', import.meta.url))], { encoding: 'utf8' })
  if (probe.status !== 0) return 'network namespaces cannot be made here'
  const missing = probe.stdout.split('\n').filter(Boolean)
  return missing.length === 0 ? '' : `this machine's kernel lacks ${missing.join(', ')}`
}

/** What stands in the way of user-mode Linux; empty when nothing does. */
export function userModeLinuxObstacle(): string {
  return existsSync(userModeLinuxProgram)
    ? ''
    : 'linux.uml is missing (Debian and Ubuntu package user-mode-linux)'
}

/**
 * Native if the kernel has the drivers and the user may use them, else user-mode Linux; `forced` allows only one.
 * @throws lab/kernel naming what is missing
 */
export function chooseKernel(forced?: KernelKind): ChosenKernel {
  const native = forced === 'user-mode-linux' ? 'not asked for' : nativeObstacle()
  if (native === '')
    return { kind: 'native', why: forced ? 'asked for, and it has every driver' : 'it has every driver' }
  if (forced === 'native') throw new LabError('lab/kernel', `cannot run on the native kernel: ${native}`)
  const userMode = userModeLinuxObstacle()
  if (userMode === '') return { kind: 'user-mode-linux', why: forced ? 'asked for' : native }
  throw new LabError('lab/kernel', `no kernel to run on: natively, ${native}; and ${userMode}`)
}
