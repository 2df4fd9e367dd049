import type { Ipv4Address } from '#core/ipv4.ts'
import { authorityFile, certificateFileOf, certificateKeyFileOf } from '../topology/certificates.ts'
import type { HostName } from '../topology/hosts.ts'
import type { Stranger } from '../topology/variation.ts'

/** It asks for the names of its peers' addresses, which nobody in the lab can tell. */
const hastyResolver = ['env', 'RES_OPTIONS=timeout:1 attempts:1']

const extensions = '/usr/lib/freeDiameter'

export interface FreeDiameterSettings {
  name: string
  host: HostName
  identity: string
  realm: string
  address: Ipv4Address
  port: number
  /** Peers that it dials; all others it waits for. */
  dials: readonly { identity: string; address: Ipv4Address }[]
  /** Proves itself by its certificate and wants TLS from the first byte; the clock that it goes by (UTC), such as `2025-01-01 12:00:00`. */
  secured?: { clock: string }
  /** Realms and the peer that leads to each. */
  routes: readonly { realm: string; peer: string }[]
  /** Whether it relays every application, or knows none of ours. */
  relays: boolean
  /** The peers with which it has to be connected before the story goes on. */
  opensWith: readonly string[]
}

/** freeDiameter with the files that its operator would write; any peer whose name ends with `.example` is welcome. */
export function freeDiameter(settings: FreeDiameterSettings): Stranger {
  const { name, host, identity, realm, address, port, dials, routes, relays, opensWith, secured } = settings
  const lines = [
    `Identity = "${identity}";`,
    `Realm = "${realm}";`,
    `Port = ${port};`,
    // Without a secure port it asks for no certificates.
    ...(secured ? secureLines(identity, port) : ['SecPort = 0;']),
    'No_SCTP;',
    'No_IPv6;',
    `ListenOn = "${address}";`,
    // Seconds between attempts to connect, and RFC 3539's watchdog.
    'TcTimer = 1;',
    'TwTimer = 30;',
    ...(relays ? [] : ['NoRelay;']),
    `LoadExtension = "${extensions}/acl_wl.fdx" : "acl.conf";`,
    `LoadExtension = "${extensions}/rt_default.fdx" : "routes.conf";`,
    // Writes each message into the log.
    `LoadExtension = "${extensions}/dbg_msg_dumps.fdx" : "0x0080";`,
    ...dials.map((peer) => connectPeer(peer, secured !== undefined)),
  ]
  return {
    name,
    host,
    command: [
      ...hastyResolver,
      ...(secured ? ['faketime', secured.clock] : []),
      'freeDiameterd',
      '-c',
      'freediameter.conf',
    ],
    files: {
      'freediameter.conf': text(lines),
      // Peers that need no TLS.
      'acl.conf': 'ALLOW_IPSEC *.example\n',
      'routes.conf': text(routes.map((route) => `dr="${route.realm}" : "${route.peer}" += 50 ;`)),
    },
    ready: isOpenWith(opensWith),
  }
}

function secureLines(identity: string, port: number): string[] {
  const certificate = `TLS_Cred = "../${certificateFileOf(identity)}", "../${certificateKeyFileOf(identity)}";`
  return [`SecPort = ${port + 1};`, certificate, `TLS_CA = "../${authorityFile}";`]
}

function connectPeer(
  { identity, address }: { identity: string; address: Ipv4Address },
  secured: boolean,
): string {
  // RFC 6733, section 2.1: 5658 is the port of Diameter over TLS.
  const how = secured ? 'Port = 5658; No_SCTP;' : 'No_TLS; No_SCTP;'
  return `ConnectPeer = "${identity}" { ConnectTo = "${address}"; ${how} };`
}

/** What its log says when it runs and the connections with all these peers are open, in any order. */
function isOpenWith(identities: readonly string[]): RegExp {
  const open = identities.map((identity) => `(?=[^]*-> 'STATE_OPEN'\\s+'${identity.replaceAll('.', '\\.')}')`)
  return new RegExp(`^${open.join('')}[^]*freeDiameterd daemon initialized`)
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}
