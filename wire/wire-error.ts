import { type ErrorCode, SojournError } from '#core/error.ts'

export interface WireErrorOptions extends ErrorOptions {
  /** Byte offset in the message at which the fault was noticed. */
  offset: number
  /** Diameter only: the Result-Code that answers the fault (RFC 6733, section 7.1). */
  resultCode?: number
  /** Diameter only: the encoded AVP to return in Failed-AVP (RFC 6733, section 7.5). */
  failedAvp?: Buffer
}

/** Bytes that do not form a message, or a value that has no bytes. */
export class WireError extends SojournError {
  readonly offset: number
  readonly resultCode: number | undefined
  readonly failedAvp: Buffer | undefined

  constructor(
    code: ErrorCode,
    message: string,
    { offset, resultCode, failedAvp, ...options }: WireErrorOptions,
  ) {
    super(code, `${message} (at byte ${offset})`, options)
    this.offset = offset
    this.resultCode = resultCode
    this.failedAvp = failedAvp
  }
}
