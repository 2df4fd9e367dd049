import type { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { connect, createServer, type TLSSocket } from 'node:tls'
import type { Clock, Timer } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import {
  type CredentialFiles,
  type Credentials,
  namesOf,
  readCredentials,
  validityFault,
} from './credentials.ts'

/** How the connection with a peer is protected. `tls`: from the first byte; `inband-tls`: after the capabilities exchange. */
export const securities = ['none', 'tls', 'inband-tls'] as const
export type Security = (typeof securities)[number]

export type TlsRole = 'client' | 'server'

/** A connection on which both sides have proved who they are, or why it is none. */
export type Handshake = { socket: TLSSocket; certificate: X509Certificate } | { fault: string }

const handshakeMilliseconds = 10_000

/** What OpenSSL finds wrong with a certificate whose own dates are right. */
const verificationFaults: Record<string, string> = {
  SELF_SIGNED_CERT_IN_CHAIN: 'an authority that we do not know has signed it',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it has signed itself',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'an authority that we do not know has signed it',
  UNABLE_TO_GET_ISSUER_CERT: 'an authority that we do not know has signed it',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'an authority that we do not know has signed it',
  CERT_HAS_EXPIRED: 'a certificate between it and its authority has expired',
  CERT_NOT_YET_VALID: 'a certificate between it and its authority is not valid yet',
  INVALID_PURPOSE: 'it is not made for this side of a connection',
}

/**
 * TLS 1.2 and later with a certificate on both sides (RFC 6733, section 13.1). The files are read anew for each connection, so a renewed
 * certificate needs no restart.
 */
export class TransportSecurity {
  readonly #files: CredentialFiles | undefined
  readonly #identity: string
  readonly #clock: Clock

  /** @throws diameter/credentials when there are files and they cannot be used */
  constructor(files: CredentialFiles | undefined, identity: string, clock: Clock) {
    this.#files = files
    this.#identity = identity
    this.#clock = clock
    if (files !== undefined) readCredentials(files, identity)
  }

  /**
   * Makes TLS of a connected socket, whose bytes nobody may read any more. `settled` is called once.
   * @param peer who should be at the other end, where that is known
   */
  handshake(
    socket: Socket,
    role: TlsRole,
    peer: string | undefined,
    settled: (result: Handshake) => void,
  ): void {
    let credentials: Credentials | undefined
    const timer = this.#clock.after(handshakeMilliseconds, () => settle('it did not finish in time'))
    const settle = once(timer, (result) => {
      const judged = typeof result === 'string' ? { fault: result } : this.#judge(result)
      if ('fault' in judged) socket.destroy()
      settled(judged)
    })
    socket.on('error', (error) => settle(describeError(error)))
    socket.on('close', () => settle('the peer closed the connection'))
    try {
      credentials = this.#credentials()
    } catch (error) {
      settle(describeError(error))
      return
    }
    const { certificate: cert, key, authorities: ca } = credentials
    // `rejectUnauthorized` would end the connection without saying why: `#judge` refuses what it would refuse.
    const options = { cert, key, ca, minVersion: 'TLSv1.2', rejectUnauthorized: false } as const
    const failed = (error: Error): void => settle(describeError(error))
    if (role === 'server')
      createServer({ ...options, requestCert: true })
        .on('tlsClientError', failed)
        .on('secureConnection', (secured) => settle(secured.on('error', failed)))
        .emit('connection', socket)
    else {
      const named = peer === undefined ? {} : { servername: peer }
      const secured = connect({ ...options, ...named, socket, checkServerIdentity: () => undefined })
      secured.on('error', failed).on('secureConnect', () => settle(secured))
    }
  }

  #credentials(): Credentials {
    if (this.#files === undefined) throw new Error('there are no credentials in the configuration')
    const credentials = readCredentials(this.#files, this.#identity)
    const fault = validityFault(credentials.parsed, this.#clock.now())
    if (fault !== undefined) throw new Error(`${this.#files.certificate}: ${fault}`)
    return credentials
  }

  #judge(socket: TLSSocket): Handshake {
    const certificate = socket.getPeerX509Certificate()
    if (certificate === undefined) return { fault: 'the peer has shown no certificate' }
    if (socket.authorized) return { socket, certificate }
    const dates = validityFault(certificate, this.#clock.now())
    if (dates !== undefined) return { fault: dates }
    const reason = String(socket.authorizationError)
    const why = `the certificate of ${namesOf(certificate)} is not to be trusted`
    return {
      fault: `${why}: ${verificationFaults[reason] ?? reason} (authorities: ${this.#files?.authorities})`,
    }
  }
}

/** Passes on the first of the results, and stops the timer. */
function once(
  timer: Timer,
  pass: (result: TLSSocket | string) => void,
): (result: TLSSocket | string) => void {
  let isSettled = false
  return (result) => {
    if (isSettled) return
    isSettled = true
    timer.cancel()
    pass(result)
  }
}
