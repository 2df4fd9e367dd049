import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import test, { type ExecutionContext } from 'ava'
import { silentLog } from '#core/log.ts'
import { certificate, keyPem } from '#diameter/test-certificates.ts'
import { temporaryFolder } from '../database/database-fixture.ts'
import { testApi } from './api-fixture.ts'
import { createTransport } from './transport.ts'

const name = 'api.home.example'

function files(t: ExecutionContext) {
  const folder = temporaryFolder(t)
  const tls = { certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') }
  writeFileSync(tls.certificate, certificate(name))
  writeFileSync(tls.key, keyPem)
  return tls
}

/** What the server shows at a new connection: the end of its certificate's validity. */
function shown(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, servername: name }, () => {
      resolve(socket.getPeerCertificate().valid_to)
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

test('TLS only; a renewed certificate is shown without a restart, a broken one is not', async (t) => {
  const tls = files(t)
  const api = testApi({}, { tls })
  t.teardown(() => api.close())
  const port = Number(new URL(await api.listen({ host: '127.0.0.1', port: 0 })).port)
  const first = await shown(port)
  await t.throwsAsync(fetch(`http://127.0.0.1:${port}/healthz`))
  writeFileSync(tls.certificate, certificate(name, { validToDays: 9 }))
  const renewed = await shown(port)
  t.not(renewed, first)
  writeFileSync(tls.certificate, 'nonsense')
  t.is(await shown(port), renewed)
})

test('files that do not belong together are refused at the start', (t) => {
  const tls = files(t)
  const create = () => createTransport(tls, () => {}, silentLog)
  writeFileSync(tls.certificate, certificate(name, { otherKey: true }))
  t.throws(create, { code: 'config/secret', message: /is not the key of/ })
  writeFileSync(tls.certificate, 'nonsense')
  t.throws(create, { code: 'config/secret', message: /cannot use the certificate/ })
})
