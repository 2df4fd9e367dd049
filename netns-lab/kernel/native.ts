import { type IsolatedProcess, startIsolated } from './isolated-process.ts'
import type { KernelRun } from './kernel-run.ts'

/**
 * Runs the command on this machine's kernel, in mount, network and process-id namespaces of its own with a private `/run`: the named
 * network namespaces that it makes are seen by nobody else and end with it.
 */
export function startNative(run: KernelRun): IsolatedProcess {
  const prepare = [
    'mount --make-rprivate /',
    'mount -t proc proc /proc',
    'mount -t sysfs sysfs /sys',
    'mount -t tmpfs -o mode=755 run /run',
    'mkdir /run/netns /run/home',
    // A home of its own: the user's settings of tshark and others must not change what is seen.
    'export HOME=/run/home',
    'ip link set lo up',
    'cd "$SOJOURN_LAB_FOLDER"',
    '"$@"',
  ].join(' && ')
  return startIsolated(['sh', '-c', prepare, 'sh', ...run.command], {
    namespaces: ['--mount', '--net'],
    stdin: run.input === undefined ? 'ignore' : 'inherit',
    environment: { SOJOURN_LAB_FOLDER: process.cwd() },
  })
}
