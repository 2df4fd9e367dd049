import { connect, type Socket } from 'node:net'
import { type SecureContextOptions, connect as secure } from 'node:tls'
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

function capabilities(
  identity: string,
  { applications = [2], inbandSecurity = [], ...more }: RawCapabilities,
) {
  return {
    'Origin-Host': identity,
    'Origin-Realm': 'home.example',
    'Host-IP-Address': [loopback],
    'Vendor-Id': 0,
    'Product-Name': 'bytes',
    'Auth-Application-Id': applications,
    'Inband-Security-Id': inbandSecurity,
    ...more,
  }
}

export interface RawCapabilities {
  applications?: number[]
  inbandSecurity?: number[]
  'Origin-State-Id'?: number
  'Vendor-Specific-Application-Id'?: object[]
}

/** A peer made of bytes, for tests only. It says nothing unless told to. */
export class RawPeer {
  readonly received: RawMessage[] = []
  isClosed = false
  readonly #framer = new MessageFramer()
  #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
    this.#read()
  }

  static to(port: number): RawPeer {
    return new RawPeer(connect({ host: loopback, port }))
  }

  /** Goes on with TLS, and believes whatever it is shown. */
  secure(own: SecureContextOptions): void {
    this.#socket.removeAllListeners('data')
    this.#socket = secure({ ...own, socket: this.#socket, rejectUnauthorized: false })
    this.#read()
  }

  #read(): void {
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => {
      this.isClosed = true
    })
    this.#socket.on('data', (chunk) =>
      this.#framer.push(Buffer.from(chunk), (bytes) => this.received.push(decodeRawMessage(bytes))),
    )
  }

  send(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  cer(identity: string, said: RawCapabilities = {}): void {
    this.send(encodeMessage({ ...header, request: true, avps: capabilities(identity, said) }))
  }

  /** Answers a CER that came here. */
  cea(identity: string, { hopByHop, endToEnd }: RawMessage, said: RawCapabilities = {}): void {
    const avps = { 'Result-Code': 2001, ...capabilities(identity, said) }
    this.send(encodeMessage({ ...header, request: false, hopByHop, endToEnd, avps }))
  }

  /** Answers a DWR that came here. */
  dwa(identity: string, { hopByHop, endToEnd }: RawMessage): void {
    const origin = { 'Origin-Host': identity, 'Origin-Realm': 'home.example' }
    const avps = { 'Result-Code': 2001, ...origin }
    this.send(
      encodeMessage({ ...header, command: 'Device-Watchdog', request: false, hopByHop, endToEnd, avps }),
    )
  }

  /** Asks by DWR, or says DPR. */
  ask(command: 'Device-Watchdog' | 'Disconnect-Peer', identity: string, more: object = {}): void {
    const avps = { 'Origin-Host': identity, 'Origin-Realm': 'home.example', ...more }
    this.send(encodeMessage({ ...header, command, request: true, avps }))
  }

  close(): void {
    this.#socket.destroy()
  }

  get isConnected(): boolean {
    return !this.#socket.connecting
  }

  get names(): string[] {
    return this.received.map(({ commandCode, request }) => commandAbbreviation(commandCode, request))
  }
}

export function resultOf(message: RawMessage | undefined): number | undefined {
  return firstValue(message?.avps ?? [], 'Result-Code')
}
