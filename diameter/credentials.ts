import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { describeError } from '#core/error.ts'
import { DiameterError } from './diameter-error.ts'

/** PEM files. */
export interface CredentialFiles {
  /** Our certificate, then those that lead from it to an authority of the peers. */
  certificate: string
  key: string
  /** Whose signature a peer's certificate has to carry. */
  authorities: string
}

export interface Credentials {
  certificate: Buffer
  key: Buffer
  authorities: Buffer
  parsed: X509Certificate
}

/**
 * Reads what a node proves itself by. Whether the certificate is valid now is another question: `validityFault`.
 * @throws diameter/credentials, which names the file and what is wrong with it
 */
export function readCredentials(files: CredentialFiles, identity: string): Credentials {
  const key = readPem(files.key)
  const mode = statSync(files.key).mode & 0o777
  if ((mode & 0o077) !== 0)
    throw refuse(files.key, `others than its owner may read it (mode 0${mode.toString(8)}): chmod 600`)
  const certificate = readPem(files.certificate)
  const authorities = readPem(files.authorities)
  parse(files.authorities, 'a certificate', () => new X509Certificate(authorities))
  const parsed = parse(files.certificate, 'a certificate', () => new X509Certificate(certificate))
  const privateKey = parse(files.key, 'a private key without a pass phrase', () => createPrivateKey(key))
  if (!parsed.checkPrivateKey(privateKey))
    throw refuse(files.key, `it is not the key of the certificate in ${files.certificate}`)
  const fault = nameFault(parsed, identity)
  if (fault !== undefined) throw refuse(files.certificate, fault)
  return { certificate, key, authorities, parsed }
}

/** RFC 6733, section 2.2 and 13: a certificate speaks for the dNSName of its subjectAltName, or where it has none, for its CN. */
export function nameFault(certificate: X509Certificate, identity: string): string | undefined {
  if (certificate.checkHost(identity, { subject: 'default', wildcards: false }) !== undefined)
    return undefined
  return `the certificate is that of ${namesOf(certificate)}, not of ${identity}`
}

/** Why a certificate does not hold now; undefined when it does. */
export function validityFault(certificate: X509Certificate, nowMilliseconds: number): string | undefined {
  const { validFromDate, validToDate } = certificate
  if (nowMilliseconds < validFromDate.getTime())
    return `the certificate of ${namesOf(certificate)} is not valid before ${validFromDate.toISOString()}`
  if (nowMilliseconds > validToDate.getTime())
    return `the certificate of ${namesOf(certificate)} expired on ${validToDate.toISOString()}`
  return undefined
}

/** On one line, whatever stands in it. */
export function namesOf({ subjectAltName, subject }: X509Certificate): string {
  return (subjectAltName ?? subject ?? 'nobody').replace(/\s+/g, ' ').slice(0, 200)
}

function readPem(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw refuse(file, 'it cannot be read', cause)
  }
}

function parse<Value>(file: string, what: string, read: () => Value): Value {
  try {
    return read()
  } catch (cause) {
    throw refuse(file, `it must hold ${what} in PEM (${describeError(cause)})`)
  }
}

function refuse(file: string, why: string, cause?: unknown): DiameterError {
  return new DiameterError('diameter/credentials', `${file} cannot be used for TLS: ${why}`, { cause })
}
