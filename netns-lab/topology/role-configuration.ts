import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { keyFileOf, mnAaaSpi, tokenFile } from './credentials.ts'
import {
  type ForeignAgentName,
  foreignAgents,
  type HostName,
  homeAgentAddress,
  hostAddress,
  type MobileNodeName,
  mobileNodes,
} from './hosts.ts'
import { databaseFile } from './service-control.ts'

export const identities = {
  hs: 'aaah.home.example',
  ha: 'ha.home.example',
  fsa: 'aaaf.a.example',
  a1: 'fa1.a.example',
  a2: 'fa2.a.example',
} as const

export const realms = { home: 'home.example', foreign: 'a.example' } as const
export const operatorApi = { address: '127.0.0.1', port: 8080 } as const

/** How long a registration of a node lives: mn1 is asked to leave, mn2 is left to die. */
const lifetimeSeconds: Record<MobileNodeName, number> = { mn1: 1800, mn2: 4 }

export const roleNames = [
  'home-server',
  'home-agent',
  'foreign-server',
  'foreign-agent',
  'mobile-node',
] as const
export type RoleName = (typeof roleNames)[number]

/** What runs where. */
export const roleOfHost = {
  hs: 'home-server',
  fsa: 'foreign-server',
  ha: 'home-agent',
  a1: 'foreign-agent',
  a2: 'foreign-agent',
  mn1: 'mobile-node',
  mn2: 'mobile-node',
} as const satisfies Partial<Record<HostName, RoleName>>
export type DaemonHost = keyof typeof roleOfHost

export const daemonHosts = Object.keys(roleOfHost) as DaemonHost[]
export const serverHosts = ['hs', 'fsa', 'ha', 'a1', 'a2'] as const satisfies readonly DaemonHost[]

function foreignAgentConfiguration(name: ForeignAgentName): object {
  return {
    identity: identities[name],
    realm: realms.foreign,
    diameter: {
      security: 'none',
      peers: [{ identity: identities.fsa, connect: hostAddress.fsa }],
      routes: [{ realm: '*', peer: identities.fsa }],
    },
    careOfAddress: foreignAgents[name].careOfAddress,
    access: { interface: 'access', address: foreignAgents[name].access, rate: '1gbit' },
    advertisement: { intervalSeconds: 1, registrationLifetimeSeconds: 1800 },
  }
}

function mobileNodeConfiguration(name: MobileNodeName): object {
  return {
    nai: mobileNodes[name].nai,
    homeAddress: mobileNodes[name].homeAddress,
    homeAgent: homeAgentAddress,
    interface: 'radio0',
    authentication: { spi: mnAaaSpi, keyFile: keyFileOf(name) },
    lifetimeSeconds: lifetimeSeconds[name],
  }
}

export const configurations: Record<DaemonHost, object> = {
  hs: {
    identity: identities.hs,
    realm: realms.home,
    diameter: {
      security: 'none',
      listen: { address: hostAddress.hs },
      peers: [{ identity: identities.ha }, { identity: identities.fsa }],
      routes: [{ realm: realms.foreign, peer: identities.fsa }],
    },
    database: databaseFile,
    homeAgents: [{ identity: identities.ha, address: homeAgentAddress }],
    authorizationLifetimeSeconds: 3600,
    accountingInterimSeconds: 1,
    operatorApi: { ...operatorApi, tokenFile },
  },
  fsa: {
    identity: identities.fsa,
    realm: realms.foreign,
    diameter: {
      security: 'none',
      listen: { address: hostAddress.fsa },
      peers: [
        { identity: identities.hs, connect: hostAddress.hs },
        { identity: identities.a1 },
        { identity: identities.a2 },
      ],
      routes: [{ realm: realms.home, peer: identities.hs }],
    },
  },
  ha: {
    identity: identities.ha,
    realm: realms.home,
    diameter: { security: 'none', peers: [{ identity: identities.hs, connect: hostAddress.hs }] },
    address: homeAgentAddress,
    uplink: { interface: 'core0', rate: '1gbit' },
  },
  a1: foreignAgentConfiguration('a1'),
  a2: foreignAgentConfiguration('a2'),
  mn1: mobileNodeConfiguration('mn1'),
  mn2: mobileNodeConfiguration('mn2'),
}

export const configurationFileOf = (host: DaemonHost): string => `${host}.yaml`

/** Writes the configuration of every role, as an operator would; `changes` replace top-level keys. */
export function writeConfigurations(folder: string, changes: Partial<Record<DaemonHost, object>> = {}): void {
  mkdirSync(folder, { recursive: true })
  for (const host of daemonHosts)
    writeFileSync(
      join(folder, configurationFileOf(host)),
      stringify({ ...configurations[host], ...changes[host] }),
    )
}
