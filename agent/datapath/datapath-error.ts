import { type ErrorCode, SojournError } from '#core/error.ts'
import { NetlinkError } from '#netlink/netlink-error.ts'

/** What the kernel would not do, and why in its own words. The message tells what is true now. */
export class DatapathError extends SojournError {
  /** Name of the errno. */
  readonly errno: string | undefined
  readonly kernelText: string | undefined
  /** The refused command as a line of `ip` or `tc`. */
  readonly rendered: string | undefined

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options)
    const reason = options?.cause instanceof NetlinkError ? options.cause : undefined
    this.errno = reason?.errno
    this.kernelText = reason?.kernelText
    this.rendered = reason?.rendered
  }
}
