/** The relay on real sockets: its port takes root, and what is unreachable is the kernel's word. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import test from 'ava'
import { systemClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { decodeRegistration } from '#wire/mobile-ip/registration.ts'
import { shell } from '../datapath/witness.ts'
import { HomeAgentRelay } from './home-agent-relay.ts'
import { asked, replyTo } from './staged-agent.ts'

const careOfAddress = '10.8.0.1'

function requestTo(homeAgent: string, identification = 1n) {
  const bytes = asked({ homeAgent, identification }).payload
  const request = decodeRegistration(bytes)
  if (request.type !== 'registration-request') throw new TypeError('not a request')
  return { bytes, request }
}

async function homeAgentAt(address: string) {
  const socket = createSocket('udp4').bind(434, address)
  await once(socket, 'listening')
  return socket
}

test('a relayed request finds its reply, and only that; what cannot be reached is said', async (t) => {
  shell(`
    ip link set lo up
    for address in ${careOfAddress} 10.8.0.2 10.8.0.3; do ip address replace $address/32 dev lo; done
    ip route add unreachable 10.8.9.0/24`)
  const others: Buffer[] = []
  const relay = await HomeAgentRelay.open({
    careOfAddress,
    timeoutMilliseconds: 300,
    others: (bytes) => bytes.readUInt8(0) === 7 && others.push(bytes) > 0,
    clock: systemClock,
    log: silentLog,
  })
  const genuine = await homeAgentAt('10.8.0.2')
  const forger = await homeAgentAt('10.8.0.3')
  genuine.on('message', (bytes, from) => {
    const forged = replyTo(bytes, { code: 131 })
    forger.send(forged, from.port, from.address, () => {
      const other = Buffer.from(replyTo(bytes))
      other.writeUInt8(0xee, 19)
      for (const reply of [Buffer.of(7), Buffer.of(3), bytes, other, replyTo(bytes)])
        genuine.send(reply, from.port, from.address)
    })
  })
  // It answers a request to the broadcast address with its own one (RFC 5944, section 3.8.3.2).
  forger.on('message', (bytes, from) =>
    genuine.send(replyTo(bytes, { code: 136, homeAgent: '10.8.0.2' }), from.port, from.address),
  )
  const relayed = ({ bytes, request }: ReturnType<typeof requestTo>) => relay.relay(bytes, request)
  t.like(await relayed(requestTo('10.8.0.2')), { reply: { code: 0 } })
  t.like(await relayed(requestTo('10.8.0.3')), { reply: { code: 136 } })
  t.deepEqual(others, [Buffer.of(7)])
  t.like(await relayed(requestTo('10.8.9.9')), { code: 81 })
  t.like(await relayed(requestTo('203.0.113.1')), { code: 80 })
  genuine.removeAllListeners('message')
  t.like(await relayed(requestTo('10.8.0.2', 2n)), { code: 78 })
  relay.close()
  genuine.close()
  forger.close()
})
