/** A program that says it is a home agent: Binding Updates of draft-ietf-mobileip-optim-11 made by hand, from the home agent's address. */
import { createHmac } from 'node:crypto'
import { tryInHost } from '../topology/host-command.ts'
import { homeAgentAddress, hostAddress } from '../topology/hosts.ts'

export interface ForgedUpdate {
  homeAddress: string
  careOfAddress: string
  lifetimeSeconds: number
  /** Seconds since 1970. */
  atSeconds: number
  spi: number
  key: Buffer
}

/** Offsets: docs of the draft, section 4.3. The proof is HMAC-SHA-256 over all before it. */
export function forgedUpdate({ homeAddress, careOfAddress, ...terms }: ForgedUpdate): Buffer {
  const address = (text: string) => Buffer.from(text.split('.').map(Number))
  const number = (value: number, bytes: number) => {
    const field = Buffer.alloc(bytes)
    field.writeUIntBE(value, 0, bytes)
    return field
  }
  const secondsTo1970 = 2_208_988_800
  const flags = { acknowledge: 0x80, identification: 0x40 }
  const authentication = { type: 36, subtype: 255, bytes: 36 }
  const covered = Buffer.concat([
    Buffer.of(18, flags.acknowledge | flags.identification),
    number(terms.lifetimeSeconds, 2),
    address(homeAddress),
    address(careOfAddress),
    number((terms.atSeconds + secondsTo1970) % 2 ** 32, 4),
    number(0xffff_ffff, 4),
    Buffer.of(authentication.type, authentication.subtype),
    number(authentication.bytes, 2),
    number(terms.spi, 4),
  ])
  return Buffer.concat([covered, createHmac('sha256', terms.key).update(covered).digest()])
}

const script = `
const [from, to, bytes] = process.argv.slice(1)
const socket = require('node:dgram').createSocket('udp4')
socket.on('message', (answer) => { console.log(answer.toString('hex')); socket.close() })
socket.bind(0, from, () => socket.send(Buffer.from(bytes, 'hex'), 434, to))
setTimeout(() => process.exit(), 2000).unref()`

/** Sends a message to the correspondent agent; its answer, of which the fourth byte is the status. */
export async function impersonate(bytes: Buffer): Promise<Buffer> {
  const argv = [process.execPath, '-e', script, homeAgentAddress, hostAddress.ca, bytes.toString('hex')]
  const { output } = await tryInHost('ha', argv)
  return Buffer.from(output.trim(), 'hex')
}
