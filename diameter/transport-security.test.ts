import { chmodSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import test, { type ExecutionContext } from 'ava'
import { pino } from 'pino'
import { ManualClock } from '#core/clock.ts'
import type { CredentialFiles } from './credentials.ts'
import { createNode, freePort, loopback, registration, until } from './loopback-nodes.ts'
import { RawPeer, resultOf } from './raw-peer.ts'
import { certificate, credentialsOf, keyPem } from './test-certificates.ts'
import type { Security } from './transport-security.ts'

const home = 'aaah.home.example'
const agent = 'ha.home.example'

/** A started node, what it logs, and its port. */
async function server(
  t: ExecutionContext,
  security: Security,
  peers?: { identity: string; security: Security }[],
) {
  const [port, tlsPort] = [await freePort(), await freePort()]
  const logged: string[] = []
  const node = createNode(home, {
    port,
    tlsPort,
    security,
    peers: peers ?? [{ identity: agent }],
    credentials: credentialsOf(t, home),
    log: pino({ level: 'debug' }, { write: (line) => logged.push(line) }),
  })
  node.handle('AA-Mobile-Node', () => ({ 'Result-Code': 2001 }))
  t.teardown(() => node.stop())
  await node.start()
  return { node, port: security === 'tls' ? tlsPort : port, tlsPort, logged }
}

/** A started agent that dials the server's port. */
async function client(t: ExecutionContext, port: number, security: Security, credentials?: CredentialFiles) {
  const logged: string[] = []
  const node = createNode(agent, {
    security,
    peers: [{ identity: home, port }],
    credentials: credentials ?? credentialsOf(t, agent),
    log: pino({ level: 'debug' }, { write: (line) => logged.push(line) }),
  })
  t.teardown(() => node.stop())
  await node.start()
  return { node, logged }
}

for (const security of ['tls', 'inband-tls'] as const)
  test(`${security}: two that can prove who they are exchange requests`, async (t) => {
    const { node, port, logged } = await server(t, security)
    const named = credentialsOf(t, agent, certificate(agent, { nameInSubject: true }))
    const { node: ha } = await client(t, port, security, named)
    await ha.whenOpen()
    t.is((await ha.request('AA-Mobile-Node', registration)).avps['Result-Code'], 2001)
    t.deepEqual(node.openPeers, [agent])
    t.deepEqual(
      logged.filter((line) => /"level":[456]0/.test(line)),
      [],
    )
  })

/** What may be wrong with the certificate of `identity`. */
function badCertificates(identity: string): [title: string, pem: string, why: RegExp][] {
  return [
    ['has another name', certificate('fa1.a.example'), /is that of DNS:fa1\.a\.example, not of/],
    ['has a wildcard for a name', certificate('*.home.example'), /not of/],
    ['has expired', certificate(identity, { validFromDays: -3, validToDays: -1 }), /expired on 20/],
    ['is not valid yet', certificate(identity, { validFromDays: 1, validToDays: 2 }), /not valid before 20/],
    ['comes from another authority', certificate(identity, { authority: 'other' }), /that we do not know/],
    [
      'has signed itself',
      certificate(identity, { authority: identity, nameInSubject: true }),
      /signed itself/,
    ],
  ]
}

for (const [title, pem, why] of badCertificates(agent)) {
  test(`tls: a server refuses an agent whose certificate ${title}, and says why`, async (t) => {
    const { node, port, logged } = await server(t, 'tls')
    const peer = RawPeer.to(port)
    peer.secure({ key: keyPem, cert: pem })
    peer.cer(agent)
    await until('it is closed', () => peer.isClosed)
    t.regex(logged.join(''), why)
    for (const answer of peer.received) t.is(resultOf(answer), 3010)
    t.deepEqual(node.openPeers, [])
  })

  test(`inband-tls: a server refuses an agent whose certificate ${title}, and says why`, async (t) => {
    const { node, port, logged } = await server(t, 'inband-tls')
    const peer = RawPeer.to(port)
    peer.cer(agent, { inbandSecurity: [1] })
    await until('the CEA', () => peer.received.length === 1)
    peer.secure({ key: keyPem, cert: pem })
    await until('it is closed', () => peer.isClosed)
    t.regex(logged.join(''), why)
    t.deepEqual(node.openPeers, [])
  })
}

for (const [title, pem, why] of badCertificates(home))
  test(`tls: an agent refuses a server whose certificate ${title}, and says why`, async (t) => {
    const port = await freePort()
    const impostor = createTlsServer({ key: keyPem, cert: pem }, (socket) => socket.on('error', () => {}))
    await new Promise<void>((resolve) => impostor.listen({ host: loopback, port }, resolve))
    t.teardown(() => impostor.close())
    const { node, logged } = await client(t, port, 'tls')
    await until('the reason', () => why.test(logged.join('')))
    t.deepEqual(node.openPeers, [])
  })

test('tls: an agent without a certificate is refused', async (t) => {
  const { port, logged } = await server(t, 'tls')
  const peer = RawPeer.to(port)
  peer.secure({})
  peer.cer(agent)
  await until('it is closed', () => peer.isClosed)
  t.regex(logged.join(''), /has shown no certificate/)
  t.deepEqual(peer.received, [])
})

test('tls: plain TCP does not get in, nor does TLS 1.1', async (t) => {
  const { port, logged } = await server(t, 'tls')
  const plain = RawPeer.to(port)
  plain.cer(agent)
  await until('it is closed', () => plain.isClosed)
  const old = RawPeer.to(port)
  old.secure({
    key: keyPem,
    cert: certificate(agent),
    minVersion: 'TLSv1.1',
    maxVersion: 'TLSv1.1',
    ciphers: 'ALL:@SECLEVEL=0',
  })
  await until('it is closed', () => old.isClosed)
  t.regex(logged.join(''), /no TLS: .*wrong version number(.|\n)*no TLS: .*unsupported protocol/)
})

test('plain TCP and TLS agents do not find together, and say so', async (t) => {
  const plainServer = await server(t, 'none')
  const secured = await client(t, plainServer.port, 'tls')
  await until('the refusal', () => secured.logged.some((line) => line.includes('tls-refused')))
  t.regex(plainServer.logged.join(''), /connection refused/)
  const tlsServer = await server(t, 'tls')
  const plain = await client(t, tlsServer.port, 'none')
  await until('the refusal', () => plain.logged.join('').includes('closed the connection instead of a CEA'))
  t.deepEqual([plainServer.node.openPeers, tlsServer.node.openPeers], [[], []])
})

test('who comes with other security than its peer is configured for gets 5017', async (t) => {
  const rows: [wanted: Security, isTls: boolean, inbandSecurity: number[], code: number][] = [
    ['tls', false, [], 5017],
    ['tls', false, [1], 5017],
    ['inband-tls', false, [], 5017],
    ['inband-tls', false, [0], 5017],
    ['inband-tls', false, [0, 1], 2001],
    ['inband-tls', true, [1], 5017],
    ['none', true, [], 5017],
    ['none', false, [1], 5017],
    ['none', false, [0], 2001],
    ['none', false, [0, 1], 2001],
  ]
  for (const [wanted, isTls, inbandSecurity, code] of rows) {
    // Another peer keeps the listener open that this one should not use.
    const other = { identity: 'other.example', security: isTls ? 'tls' : 'none' } as const
    const { port, tlsPort } = await server(t, 'none', [{ identity: agent, security: wanted }, other])
    const peer = RawPeer.to(isTls ? tlsPort : port)
    if (isTls) peer.secure({ key: keyPem, cert: certificate(agent) })
    peer.cer(agent, { inbandSecurity })
    await until('the CEA', () => peer.received.length === 1)
    t.is(resultOf(peer.received[0]), code, `${wanted}, TLS ${isTls}, Inband-Security-Id ${inbandSecurity}`)
    peer.close()
  }
})

test('inband-tls: a server that does not offer it in its CEA is left', async (t) => {
  const port = await freePort()
  let peer: RawPeer | undefined
  const listener = createServer((socket) => {
    peer = new RawPeer(socket)
  }).listen({ host: loopback, port })
  t.teardown(() => listener.close())
  const { logged } = await client(t, port, 'inband-tls')
  await until('the CER', () => peer?.received.length === 1)
  const [cer] = peer?.received ?? []
  if (cer !== undefined) peer?.cea(home, cer)
  await until('it is closed', () => peer?.isClosed === true)
  t.regex(logged.join(''), /has to use in-band TLS and does not offer it/)
})

test('inband-tls: what is put into the stream before the handshake ends the connection', async (t) => {
  const { node, port, logged } = await server(t, 'inband-tls')
  const peer = RawPeer.to(port)
  peer.cer(agent, { inbandSecurity: [1] })
  peer.send(Buffer.from('0100', 'hex'))
  await until('it is closed', () => peer.isClosed)
  t.regex(logged.join(''), /more before the TLS handshake|wrong version number|record/)
  t.deepEqual(node.openPeers, [])
})

test('a handshake that does not come ends with its time', async (t) => {
  for (const security of ['tls', 'inband-tls'] as const) {
    const clock = new ManualClock(Date.now())
    const port = await freePort()
    const node = createNode(home, {
      port,
      security,
      peers: [{ identity: agent }],
      credentials: credentialsOf(t, home),
      clock,
    })
    await node.start()
    t.teardown(() => node.stop())
    const peer = RawPeer.to(port)
    if (security === 'inband-tls') {
      peer.cer(agent, { inbandSecurity: [1] })
      await until('the CEA', () => peer.received.length === 1)
    } else await until('it is connected', () => peer.isConnected)
    await until('it is closed', () => {
      clock.advance(1_000)
      return peer.isClosed
    })
    t.deepEqual(node.openPeers, [])
  }
})

test('inband-tls: a node can be stopped while a handshake is awaited', async (t) => {
  const { node, port } = await server(t, 'inband-tls')
  const peer = RawPeer.to(port)
  peer.cer(agent, { inbandSecurity: [1] })
  await until('the CEA', () => peer.received.length === 1)
  const stopped = node.stop()
  peer.secure({ key: keyPem, cert: certificate(agent) })
  await stopped
  await until('it is closed', () => peer.isClosed)
  t.deepEqual(peer.names, ['CEA'])
  t.deepEqual(node.openPeers, [])
})

test('a certificate that has expired is renewed without a restart', async (t) => {
  const { port } = await server(t, 'tls')
  const files = credentialsOf(t, agent, certificate(agent, { validFromDays: -3, validToDays: -1 }))
  const { node, logged } = await client(t, port, 'tls', files)
  await until('the reason', () => /certificate\.pem: .*expired on/.test(logged.join('')))
  writeFileSync(files.certificate, certificate(agent))
  await node.whenOpen()
  t.deepEqual(node.openPeers, [home])
})

test('credentials that cannot be used are refused at once, each with its file and reason', (t) => {
  const node = (files: CredentialFiles) =>
    createNode(agent, { security: 'tls', peers: [{ identity: home }], credentials: files })
  const rows: [spoil: (files: CredentialFiles) => void, why: RegExp][] = [
    [({ key }) => chmodSync(key, 0o640), /key\.pem .*mode 0640/],
    [({ key }) => writeFileSync(key, 'no key'), /key\.pem .*must hold a private key/],
    [({ certificate: file }) => writeFileSync(file, ''), /certificate\.pem .*must hold a certificate/],
    [({ authorities }) => writeFileSync(authorities, 'x'), /authorities\.pem .*must hold a certificate/],
    [
      ({ certificate: file }) => writeFileSync(file, certificate(home)),
      /certificate\.pem .*that of DNS:aaah\.home\.example, not of ha/,
    ],
    [
      ({ certificate: file }) => writeFileSync(file, certificate(agent, { otherKey: true })),
      /key\.pem .*not the key of the certificate in/,
    ],
  ]
  for (const [spoil, why] of rows) {
    const files = credentialsOf(t, agent)
    t.truthy(node(files))
    spoil(files)
    t.regex(t.throws(() => node(files), { code: 'diameter/credentials' }).message, why)
  }
  const missing = { ...credentialsOf(t, agent), key: '/nowhere/key.pem' }
  t.regex(t.throws(() => node(missing), { code: 'diameter/credentials' }).message, /nowhere.*cannot be read/)
})
