import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import forge from 'node-forge'
import type { CredentialFiles } from './credentials.ts'

function keyPair() {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  })
  return { pem: privateKey, key: forge.pki.privateKeyFromPem(privateKey) }
}

/** Certificates made on the fly, for tests only. One key serves all: what is tested is the certificates. */
const { pem, key } = keyPair()
export const keyPem = pem

const dayMilliseconds = 86_400_000

interface CertificateOptions {
  authority?: string
  validFromDays?: number
  validToDays?: number
  /** In CN, and no subjectAltName. */
  nameInSubject?: boolean
  /** Not made for `keyPem`. */
  otherKey?: boolean
  isAuthority?: boolean
}

const certificates = new Map<string, string>()

/** A certificate in PEM; days count from now. The same is made once, since signing takes long. */
export function certificate(name: string, options: CertificateOptions = {}): string {
  const known = JSON.stringify([name, options])
  const pem = certificates.get(known) ?? make(name, options)
  certificates.set(known, pem)
  return pem
}

function make(name: string, options: CertificateOptions): string {
  const { authority = 'authority', validFromDays = -1, validToDays = 1, isAuthority = false } = options
  const nameInSubject = isAuthority || options.nameInSubject === true
  const { n, e } = options.otherKey === true ? keyPair().key : key
  const made = forge.pki.createCertificate()
  made.publicKey = forge.pki.setRsaPublicKey(n, e)
  made.serialNumber = '01'
  made.validity.notBefore = new Date(Date.now() + validFromDays * dayMilliseconds)
  made.validity.notAfter = new Date(Date.now() + validToDays * dayMilliseconds)
  made.setSubject([{ name: 'commonName', value: nameInSubject ? name : 'somebody' }])
  made.setIssuer([{ name: 'commonName', value: authority }])
  if (isAuthority) made.setExtensions([{ name: 'basicConstraints', cA: true }])
  else if (!nameInSubject)
    made.setExtensions([{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }])
  made.sign(key, forge.md.sha256.create())
  return forge.pki.certificateToPem(made)
}

/** Writes the files of a node into a folder of the test. */
export function credentialsOf(
  t: ExecutionContext,
  identity: string,
  certificatePem = certificate(identity),
): CredentialFiles {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-tls-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  return {
    certificate: write('certificate.pem', certificatePem),
    key: write('key.pem', keyPem),
    authorities: write('authorities.pem', certificate('authority', { isAuthority: true })),
  }
}
