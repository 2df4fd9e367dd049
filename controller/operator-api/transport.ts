import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer as createPlainServer, type RequestListener, type Server } from 'node:http'
import { createServer } from 'node:https'
import { ConfigError } from '#core/config.ts'
import { describeError } from '#core/error.ts'
import type { Log } from '#core/log.ts'
import { FreshFiles } from './fresh-file.ts'

/** PEM files: the certificate with those that lead to its authority, and its private key. */
export interface TlsFiles {
  certificate: string
  key: string
}

/**
 * The HTTP server of the operator API; with `tls` it talks TLS 1.2 and later only. A renewed certificate counts from
 * the next connection on. @throws config/secret when the files cannot be used
 */
export function createTransport(tls: TlsFiles | undefined, listener: RequestListener, log: Log): Server {
  if (!tls) return createPlainServer(listener)
  const files = new FreshFiles(
    [tls.certificate, tls.key],
    () => readTls(tls),
    (error) =>
      log.error(
        { event: 'api-credentials', error: describeError(error) },
        'the new certificate of the operator API cannot be used: the former stays',
      ),
  )
  let inUse = files.value
  const server = createServer({ ...inUse, minVersion: 'TLSv1.2' }, listener)
  server.prependListener('connection', () => {
    const newest = files.value
    if (newest !== inUse) server.setSecureContext({ ...newest, minVersion: 'TLSv1.2' })
    inUse = newest
  })
  return server
}

function readTls({ certificate, key }: TlsFiles): { cert: Buffer; key: Buffer } {
  try {
    const credentials = { cert: readFileSync(certificate), key: readFileSync(key) }
    const isPair = new X509Certificate(credentials.cert).checkPrivateKey(createPrivateKey(credentials.key))
    if (isPair) return credentials
  } catch (cause) {
    const message = `the operator API cannot use the certificate ${certificate} with the key ${key}`
    throw new ConfigError('config/secret', message, { cause })
  }
  throw new ConfigError('config/secret', `${key} is not the key of the certificate in ${certificate}`)
}
