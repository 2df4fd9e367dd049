import { constants } from 'node:os'
import { type ErrorCode, SojournError } from '#core/error.ts'
import { SystemCallError } from '#core/os-socket.ts'

export interface NetlinkErrorDetails extends ErrorOptions {
  /** Name of the errno, such as `EEXIST`. */
  errno?: string | undefined
  /** The kernel's own words, from the extended acknowledgement. */
  kernelText?: string | undefined
  /** The attribute that the kernel complains of, by its names in the kernel's headers: `IFLA_LINKINFO.IFLA_INFO_DATA.IFLA_GRE_TTL`. */
  attribute?: string | undefined
  /** The `ip` or `tc` line that says the same as the message that was refused. */
  rendered?: string | undefined
}

/** What this library throws and returns; its codes are in docs/errors.md. */
export class NetlinkError extends SojournError {
  readonly errno: string | undefined
  readonly kernelText: string | undefined
  readonly attribute: string | undefined
  readonly rendered: string | undefined

  constructor(code: ErrorCode, message: string, details: NetlinkErrorDetails = {}) {
    super(code, message, details.cause === undefined ? undefined : { cause: details.cause })
    this.errno = details.errno
    this.kernelText = details.kernelText
    this.attribute = details.attribute
    this.rendered = details.rendered
  }
}

/** A netlink message or attribute whose layout is not that of its kernel header. */
export function malformed(what: string): NetlinkError {
  return new NetlinkError('netlink/malformed', what)
}

/** Any error as one of ours; `code` is for those that are neither ours nor a system call's. */
export function asNetlinkError(error: unknown, code: ErrorCode): NetlinkError {
  if (error instanceof NetlinkError) return error
  const message = error instanceof Error ? error.message : String(error)
  const errno = error instanceof SystemCallError ? error.errno : undefined
  return new NetlinkError(error instanceof SojournError ? error.code : code, message, { cause: error, errno })
}

/** What a failed write throws: a value that does not fit becomes wire/unencodable with the name of its field. */
export function named(kernelName: string, cause: unknown): unknown {
  if (!(cause instanceof RangeError || cause instanceof TypeError)) return cause
  return new NetlinkError('wire/unencodable', `${kernelName}: ${cause.message}`, { cause })
}

/** EWOULDBLOCK and ENOTSUP are other names of EAGAIN and EOPNOTSUPP. */
const errnoNames = new Map(
  Object.entries(constants.errno)
    .filter(([name]) => name !== 'EWOULDBLOCK' && name !== 'ENOTSUP')
    .map(([name, number]) => [number, name]),
)

/** The name of a positive errno. */
export function errnoName(number: number): string {
  return errnoNames.get(number) ?? `errno ${number}`
}
