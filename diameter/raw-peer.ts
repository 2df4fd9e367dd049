import { connect, type Socket } from 'node:net'
import { commandAbbreviation } from '#wire/diameter/command.ts'
import { firstValue } from '#wire/diameter/group.ts'
import { encodeMessage } from '#wire/diameter/message.ts'
import { decodeRawMessage, type RawMessage } from '#wire/diameter/raw-message.ts'
import { loopback } from './loopback-nodes.ts'
import { MessageFramer } from './message-framer.ts'

const header = {
  command: 'Capabilities-Exchange',
  proxiable: false,
  error: false,
  retransmitted: false,
  applicationId: 0,
  hopByHop: 1,
  endToEnd: 1,
} as const

function capabilities(identity: string, applications: number[]) {
  return {
    'Origin-Host': identity,
    'Origin-Realm': 'home.example',
    'Host-IP-Address': [loopback],
    'Vendor-Id': 0,
    'Product-Name': 'bytes',
    'Auth-Application-Id': applications,
  }
}

/** A peer made of bytes, for tests only. It says nothing unless told to. */
export class RawPeer {
  readonly received: RawMessage[] = []
  isClosed = false
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
    const framer = new MessageFramer()
    socket.on('error', () => {})
    socket.on('close', () => {
      this.isClosed = true
    })
    socket.on('data', (chunk) =>
      framer.push(Buffer.from(chunk), (bytes) => this.received.push(decodeRawMessage(bytes))),
    )
  }

  static to(port: number): RawPeer {
    return new RawPeer(connect({ host: loopback, port }))
  }

  send(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  cer(identity: string, applications: number[] = [2]): void {
    this.send(encodeMessage({ ...header, request: true, avps: capabilities(identity, applications) }))
  }

  /** Answers a CER that came here. */
  cea(identity: string, { hopByHop, endToEnd }: RawMessage): void {
    const avps = { 'Result-Code': 2001, ...capabilities(identity, [2]) }
    this.send(encodeMessage({ ...header, request: false, hopByHop, endToEnd, avps }))
  }

  close(): void {
    this.#socket.destroy()
  }

  get names(): string[] {
    return this.received.map(({ commandCode, request }) => commandAbbreviation(commandCode, request))
  }
}

export function resultOf(message: RawMessage | undefined): number | undefined {
  return firstValue(message?.avps ?? [], 'Result-Code')
}
