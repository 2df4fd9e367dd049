/**
 * The one file that touches a file descriptor: non-blocking sockets of any family through the C library, for the families that
 * Node.js does not know (netlink, packet). Everything above speaks of bytes. One epoll thread per process tells which sockets
 * have something to read; it exists only while somebody listens.
 */
import { constants } from 'node:os'
import koffi from 'koffi'
import type { DatagramSlots } from './datagram-slots.ts'
import { SojournError } from './error.ts'

const flags = { SOCK_NONBLOCK: 0o4000, SOCK_CLOEXEC: 0o2000000, MSG_DONTWAIT: 0x40, O_RDONLY: 0 } as const
const epoll = { CLOEXEC: 0o2000000, CTL_ADD: 1, CTL_DEL: 2, IN: 1, eventsPerWait: 32 } as const
/** `struct epoll_event` is packed on x86-64 only. */
const epollEvent = process.arch === 'x64' ? { bytes: 12, data: 4 } : { bytes: 16, data: 8 }
const attachFilter = { level: 1, option: 26, instructionBytes: 8 } as const // SOL_SOCKET, SO_ATTACH_FILTER
const namespaceType = { network: 0x40000000 } as const
const ownNamespace = '/proc/thread-self/ns/net'
const mount = { BIND: 0x1000, REC: 0x4000, SHARED: 0x100000, DETACH: 2 } as const

function loadLibrary() {
  try {
    const library = koffi.load('libc.so.6')
    return {
      socket: library.func('int socket(int, int, int)'),
      bind: library.func('int bind(int, void*, int)'),
      connect: library.func('int connect(int, void*, int)'),
      getsockname: library.func('int getsockname(int, void*, void*)'),
      setsockopt: library.func('int setsockopt(int, int, int, void*, int)'),
      send: library.func('long send(int, void*, size_t, int)'),
      recv: library.func('long recv(int, void*, size_t, int)'),
      recvmmsg: library.func('int recvmmsg(int, void*, unsigned int, int, void*)'),
      open: library.func('int open(const char*, int)'),
      close: library.func('int close(int)'),
      setns: library.func('int setns(int, int)'),
      unshare: library.func('int unshare(int)'),
      mount: library.func('int mount(const char*, const char*, const char*, unsigned long, const void*)'),
      umount: library.func('int umount2(const char*, int)'),
      ifNameToIndex: library.func('unsigned int if_nametoindex(const char*)'),
      epollCreate: library.func('int epoll_create1(int)'),
      epollControl: library.func('int epoll_ctl(int, int, int, void*)'),
      epollWait: library.func('int epoll_wait(int, void*, int, int)'),
      eventFd: library.func('int eventfd(unsigned int, int)'),
      read: library.func('long read(int, void*, size_t)'),
      write: library.func('long write(int, void*, size_t)'),
    }
  } catch (cause) {
    throw new SojournError(
      'os/unsupported',
      'cannot load the C library (libc.so.6); Linux with glibc is needed',
      { cause },
    )
  }
}

let loaded: ReturnType<typeof loadLibrary> | undefined
function libc() {
  loaded ??= loadLibrary()
  return loaded
}

/** A failed system call: which one, and the errno by name, as `recv: ENOBUFS`. */
export class SystemCallError extends SojournError {
  readonly errno: string

  constructor(call: string, about: string) {
    const number = koffi.errno()
    const errno =
      Object.entries(constants.errno).find(([, value]) => value === number)?.[0] ?? `errno ${number}`
    super('os/system-call', `${call} failed with ${errno}${about && ` (${about})`}`)
    this.errno = errno
  }
}

function check(result: number, call: string, about = ''): number {
  if (result < 0) throw new SystemCallError(call, about)
  return result
}

/** Index of a network interface in this process's namespace. @throws os/system-call */
export function interfaceIndex(name: string): number {
  const index = libc().ifNameToIndex(name) as number
  if (index === 0) throw new SystemCallError('if_nametoindex', `interface "${name}"`)
  return index
}

export interface SocketKind {
  domain: number
  type: number
  protocol: number
  /** Path of the network namespace to open the socket in, such as `/run/netns/a1`; this process's own when absent. */
  namespace?: string
}

export class OsSocket {
  /** -1 once closed, for the number may soon be another's. */
  #fd: number

  private constructor(fd: number) {
    this.#fd = fd
  }

  /** @throws os/system-call */
  static open({ domain, type, protocol, namespace }: SocketKind): OsSocket {
    const create = (): number =>
      check(libc().socket(domain, type | flags.SOCK_NONBLOCK | flags.SOCK_CLOEXEC, protocol), 'socket')
    return new OsSocket(namespace === undefined ? create() : inNamespace(namespace, create))
  }

  /** `address`: a complete `struct sockaddr_*`. */
  bind(address: Buffer): void {
    check(libc().bind(this.#fd, address, address.length), 'bind')
  }

  /** Then nobody else can send to the socket. `address`: a complete `struct sockaddr_*`. */
  connect(address: Buffer): void {
    check(libc().connect(this.#fd, address, address.length), 'connect')
  }

  /** The bound `struct sockaddr_*`, at most `capacityBytes` of it. */
  localAddress(capacityBytes = 128): Buffer {
    const address = Buffer.alloc(capacityBytes)
    const length = Buffer.alloc(4)
    length.writeUInt32LE(capacityBytes)
    check(libc().getsockname(this.#fd, address, length), 'getsockname')
    return address.subarray(0, length.readUInt32LE())
  }

  setOption(level: number, option: number, value: Buffer): void {
    check(
      libc().setsockopt(this.#fd, level, option, value, value.length),
      'setsockopt',
      `level ${level} option ${option}`,
    )
  }

  /**
   * Lets the kernel throw away what a classic BPF program (linux/filter.h) does not pass. `instructions`: an array of
   * `struct sock_filter`.
   */
  attachFilter(instructions: Buffer): void {
    // `struct sock_fprog` holds the address of the instructions, which the kernel copies during the call.
    const program = Buffer.alloc(16)
    program.writeUInt16LE(instructions.length / attachFilter.instructionBytes, 0)
    program.writeBigUInt64LE(koffi.address(instructions), 8)
    this.setOption(attachFilter.level, attachFilter.option, program)
  }

  /** Sends one datagram. @throws os/system-call; EAGAIN when the send buffer is full */
  send(bytes: Buffer): void {
    check(libc().send(this.#fd, bytes, bytes.length, flags.MSG_DONTWAIT), 'send', `${bytes.length} bytes`)
  }

  /** Receives one datagram into `buffer` and returns its length, or undefined when none waits. @throws os/system-call */
  receive(buffer: Buffer): number | undefined {
    const length = libc().recv(this.#fd, buffer, buffer.length, flags.MSG_DONTWAIT) as number
    if (length >= 0) return length
    if (koffi.errno() === constants.errno.EAGAIN) return undefined
    throw new SystemCallError('recv', '')
  }

  /**
   * Receives what waits, at most `most` datagrams, into the first slots and returns how many. An error behind the first datagram is
   * that of the next call. @throws os/system-call
   */
  receiveMany(into: DatagramSlots, most: number): number {
    const count = libc().recvmmsg(this.#fd, into.headers, most, flags.MSG_DONTWAIT, null) as number
    if (count >= 0) return count
    if (koffi.errno() === constants.errno.EAGAIN) return 0
    throw new SystemCallError('recvmmsg', '')
  }

  /** Calls `listener` while something can be read, until `close`: again when the listener left something. */
  onReadable(listener: () => void): void {
    readiness.add(this.#fd, listener)
  }

  close(): void {
    if (this.#fd < 0) return
    readiness.remove(this.#fd)
    libc().close(this.#fd)
    this.#fd = -1
  }
}

/** Runs `action` with this thread in another network namespace, and comes back whatever happens. */
function inNamespace<Result>(path: string, action: () => Result): Result {
  const other = openNamespace(path)
  try {
    return andBack(() => check(libc().setns(other, namespaceType.network), 'setns', path), action)
  } finally {
    libc().close(other)
  }
}

/** Runs `action` after `enter` has put this thread into another network namespace, and comes back. */
function andBack<Result>(enter: () => void, action: () => Result): Result {
  const own = openNamespace(ownNamespace)
  try {
    enter()
    try {
      return action()
    } finally {
      check(libc().setns(own, namespaceType.network), 'setns', 'back to the own namespace')
    }
  } finally {
    libc().close(own)
  }
}

function openNamespace(file: string): number {
  return check(libc().open(file, flags.O_RDONLY | flags.SOCK_CLOEXEC), 'open', file)
}

/** Makes a network namespace and mounts it on the file `target`, which keeps it. @throws os/system-call */
export function mountNewNamespace(target: string): void {
  const enter = () => check(libc().unshare(namespaceType.network), 'unshare')
  andBack(enter, () => mountNamespace(ownNamespace, target))
}

/** Mounts the network namespace at `source` on the file `target` too. @throws os/system-call */
export function mountNamespace(source: string, target: string): void {
  check(libc().mount(source, target, 'none', mount.BIND, null), 'mount', target)
}

/** @throws os/system-call */
export function unmount(target: string): void {
  check(libc().umount(target, mount.DETACH), 'umount2', target)
}

/** Makes what is mounted in a folder from now on seen by other mount namespaces that know the folder. @throws os/system-call */
export function shareMounts(folder: string): void {
  const share = () => libc().mount('', folder, 'none', mount.SHARED | mount.REC, null) as number
  if (share() === 0) return
  // The folder is none that is mounted yet.
  check(libc().mount(folder, folder, 'none', mount.BIND | mount.REC, null), 'mount', folder)
  check(share(), 'mount', folder)
}

/** The epoll thread. An eventfd wakes it when the set of listeners became empty, so that the process can end. */
const readiness = {
  listeners: new Map<number, () => void>(),
  epollFd: -1,
  wakeFd: -1,
  /** process.exit waits for the thread, which would wait for ever. */
  endWait: (): void => readiness.wake(),

  add(fd: number, listener: () => void): void {
    if (this.epollFd < 0) {
      this.epollFd = check(libc().epollCreate(epoll.CLOEXEC), 'epoll_create1')
      this.wakeFd = check(libc().eventFd(0, flags.SOCK_NONBLOCK | flags.SOCK_CLOEXEC), 'eventfd')
      this.control(epoll.CTL_ADD, this.wakeFd)
      process.once('exit', this.endWait)
      this.wait(Buffer.alloc(epollEvent.bytes * epoll.eventsPerWait))
    }
    this.listeners.set(fd, listener)
    this.control(epoll.CTL_ADD, fd)
  },

  remove(fd: number): void {
    if (!this.listeners.delete(fd)) return
    this.control(epoll.CTL_DEL, fd)
    if (this.listeners.size === 0) this.wake()
  },

  wake(): void {
    const one = Buffer.alloc(8)
    one.writeBigUInt64LE(1n)
    libc().write(this.wakeFd, one, one.length)
  },

  control(operation: number, fd: number): void {
    const event = Buffer.alloc(epollEvent.bytes)
    event.writeUInt32LE(epoll.IN, 0)
    event.writeUInt32LE(fd, epollEvent.data)
    check(libc().epollControl(this.epollFd, operation, fd, event), 'epoll_ctl')
  },

  wait(events: Buffer): void {
    libc().epollWait.async(this.epollFd, events, epoll.eventsPerWait, -1, (error: unknown, count: number) => {
      if (error) throw error
      for (let index = 0; index < count; index++) {
        const fd = events.readUInt32LE(index * epollEvent.bytes + epollEvent.data)
        if (fd === this.wakeFd) libc().read(fd, Buffer.alloc(8), 8)
        else this.listeners.get(fd)?.()
      }
      if (this.listeners.size > 0) return this.wait(events)
      process.off('exit', this.endWait)
      libc().close(this.epollFd)
      libc().close(this.wakeFd)
      this.epollFd = -1
    })
  },
}
