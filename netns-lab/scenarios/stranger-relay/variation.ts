import { type FreeDiameterSettings, freeDiameter } from '../../strangers/free-diameter.ts'
import { authorityFile, certificateFileOf, certificateKeyFileOf } from '../../topology/certificates.ts'
import { hostAddress } from '../../topology/hosts.ts'
import { identities, realms } from '../../topology/role-configuration.ts'
import type { Variation } from '../../topology/variation.ts'

const relayIdentity = 'relay.transit.example'
/** A realm that no route leads to. */
export const unknownRealm = 'nowhere.example'

/** More freeDiameters at the relay's host, each of which gets no connection with the home server. */
export const outsiders = {
  /** Without our applications; it dials the home server. */
  caller: { name: 'free-diameter-caller', identity: 'caller.transit.example', port: 3870 },
  /** The same, but the home server dials it. */
  callee: { name: 'free-diameter-callee', identity: 'callee.transit.example', port: 3872 },
  /** Its certificate has expired, and its clock stands still in the time when it had not. */
  outdated: { name: 'free-diameter-outdated', identity: 'outdated.transit.example', port: 3874 },
  /** By its clock, which is years ahead, the home server's certificate has expired. */
  ahead: { name: 'free-diameter-ahead', identity: 'ahead.transit.example', port: 3876 },
} as const

const dialsHomeServer = [{ identity: identities.hs, address: hostAddress.hs }]
const outsider = {
  host: 'relay',
  realm: 'transit.example',
  address: hostAddress.relay,
  dials: dialsHomeServer,
  routes: [],
  relays: false,
  opensWith: [],
} as const satisfies Partial<FreeDiameterSettings>

/** Those that dial the home server, started when their time comes: each tries again and again. */
export const callers = {
  caller: freeDiameter({ ...outsider, ...outsiders.caller }),
  outdated: freeDiameter({
    ...outsider,
    ...outsiders.outdated,
    relays: true,
    secured: { clock: '2025-01-01 12:00:00' },
  }),
  ahead: freeDiameter({
    ...outsider,
    ...outsiders.ahead,
    relays: true,
    secured: { clock: '2042-01-01 12:00:00' },
  }),
} as const

/** freeDiameter between the foreign and the home server: the first dials it, the second it dials. */
export const variation: Variation = {
  extraHosts: ['relay'],
  certificates: [
    { identity: identities.hs, from: '20240101000000Z', to: '20400101000000Z' },
    { identity: outsiders.outdated.identity, from: '20250101000000Z', to: '20250102000000Z' },
    { identity: outsiders.ahead.identity, from: '20240101000000Z', to: '20440101000000Z' },
  ],
  strangers: [
    freeDiameter({
      ...outsider,
      name: 'free-diameter',
      identity: relayIdentity,
      port: 3868,
      routes: [
        { realm: realms.home, peer: identities.hs },
        { realm: realms.foreign, peer: identities.fsa },
      ],
      relays: true,
      opensWith: [identities.hs, identities.fsa],
    }),
    freeDiameter({ ...outsider, ...outsiders.callee, dials: [] }),
  ],
  configurations: {
    fsa: {
      diameter: {
        security: 'none',
        listen: { address: hostAddress.fsa },
        peers: [
          { identity: relayIdentity, connect: hostAddress.relay },
          { identity: identities.a1 },
          { identity: identities.a2 },
        ],
        routes: [{ realm: '*', peer: relayIdentity }],
      },
    },
    hs: {
      diameter: {
        security: 'none',
        credentials: {
          certificate: certificateFileOf(identities.hs),
          key: certificateKeyFileOf(identities.hs),
          authorities: authorityFile,
        },
        listen: { address: hostAddress.hs },
        peers: [
          { identity: identities.ha },
          { identity: relayIdentity },
          { identity: outsiders.caller.identity },
          { identity: outsiders.callee.identity, connect: hostAddress.relay, port: outsiders.callee.port },
          { identity: outsiders.outdated.identity, security: 'tls' },
          { identity: outsiders.ahead.identity, security: 'tls' },
        ],
        routes: [{ realm: realms.foreign, peer: relayIdentity }],
      },
    },
    mn2: { nai: `mn2@${unknownRealm}` },
  },
}
