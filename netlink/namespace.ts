/**
 * Network namespaces with names, as `ip netns` keeps them: files in /run/netns on which the namespaces are mounted, so that they
 * live without a process. Needs CAP_SYS_ADMIN.
 */
import { closeSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { mountNamespace, mountNewNamespace, shareMounts, unmount } from '#core/os-socket.ts'

const folder = '/run/netns'

/** A network namespace: a path such as `/run/netns/a1`, a name, a process, an open descriptor of this process. */
export type Namespace = string | { name: string } | { pid: number } | { fd: number }

/** Where the namespace can be opened. @throws RangeError when the name is not one of a file */
export function namespacePath(namespace: Namespace): string {
  if (typeof namespace === 'string') return namespace
  if ('pid' in namespace) return `/proc/${namespace.pid}/ns/net`
  if ('fd' in namespace) return `/proc/self/fd/${namespace.fd}`
  const { name } = namespace
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0'))
    throw new RangeError(`not a name of a namespace: "${name}"`)
  return join(folder, name)
}

/** Makes an empty namespace. Like `ip netns add NAME`. @throws Error EEXIST, os/system-call */
export function createNamespace(name: string): void {
  keepAs(name, (path) => mountNewNamespace(path))
}

/**
 * Gives a name to a namespace that exists: that of a process or an open descriptor. Like `ip netns attach NAME PID`.
 * @throws Error EEXIST, os/system-call
 */
export function attachNamespace(name: string, namespace: Namespace): void {
  keepAs(name, (path) => mountNamespace(namespacePath(namespace), path))
}

/**
 * Takes the name away; the namespace ends with its last process, socket and link elsewhere. Like `ip netns delete NAME`.
 * @throws Error ENOENT, os/system-call
 */
export function deleteNamespace(name: string): void {
  const path = namespacePath({ name })
  try {
    unmount(path)
  } finally {
    rmSync(path)
  }
}

/** The names, sorted. Like `ip netns list`. */
export function listNamespaces(): string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

function keepAs(name: string, mount: (path: string) => void): void {
  const path = namespacePath({ name })
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  // So that processes with mounts of their own see it come and go.
  shareMounts(folder)
  closeSync(openSync(path, 'wx', 0))
  try {
    mount(path)
  } catch (error) {
    rmSync(path)
    throw error
  }
}
