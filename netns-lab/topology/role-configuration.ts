import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { bindingKeyFile, bindingSpi, keyFileOf, mnAaaSpi, tokenFile } from './credentials.ts'
import {
  type ForeignAgentName,
  foreignAgents,
  type HomeAgentName,
  type HostName,
  homeAgentAddress,
  homeAgents,
  homeNetwork,
  homeRouterAddress,
  hostAddress,
  type MobileNodeName,
  mobileNodes,
} from './hosts.ts'
import { databaseFile } from './service-control.ts'

export const identities = {
  hs: 'aaah.home.example',
  ha: 'ha.home.example',
  ha2: 'ha2.home.example',
  fsa: 'aaaf.a.example',
  haa: 'ha.a.example',
  a1: 'fa1.a.example',
  a2: 'fa2.a.example',
  fsb: 'aaaf.b.example',
  b1: 'fb1.b.example',
  ca: 'ca.c.example',
  nat: 'nat.home.example',
} as const

export const realms = { home: 'home.example', foreign: 'a.example', otherForeign: 'b.example' } as const
export const operatorApi = { address: '127.0.0.1', port: 8080 } as const

/** How long a registration of a node lives: mn1 is asked to leave, mn2 is left to die. */
const lifetimeSeconds: Record<MobileNodeName, number> = { mn1: 1800, mn2: 4 }

export const roleNames = [
  'home-server',
  'home-agent',
  'foreign-server',
  'foreign-agent',
  'correspondent-agent',
  'address-translator',
  'mobile-node',
] as const
export type RoleName = (typeof roleNames)[number]

/** What runs where. */
export const roleOfHost = {
  hs: 'home-server',
  fsa: 'foreign-server',
  fsb: 'foreign-server',
  ha: 'home-agent',
  ha2: 'home-agent',
  haa: 'home-agent',
  a1: 'foreign-agent',
  a2: 'foreign-agent',
  b1: 'foreign-agent',
  ca: 'correspondent-agent',
  nat: 'address-translator',
  mn1: 'mobile-node',
  mn2: 'mobile-node',
} as const satisfies Partial<Record<HostName, RoleName>>
export type DaemonHost = keyof typeof roleOfHost
export type ServerHost = Exclude<DaemonHost, MobileNodeName>

export const daemonHosts = Object.keys(roleOfHost) as DaemonHost[]

export function isServerHost(host: HostName): host is ServerHost {
  return host in roleOfHost && !(host in mobileNodes)
}

/** The foreign server of each foreign agent, and its realm. */
const domainOf = {
  a1: { server: 'fsa', realm: realms.foreign },
  a2: { server: 'fsa', realm: realms.foreign },
  b1: { server: 'fsb', realm: realms.otherForeign },
} as const satisfies Record<ForeignAgentName, { server: ServerHost; realm: string }>

/** What home agent and correspondent agent share. */
const bindingKey = { spi: bindingSpi, keyFile: bindingKeyFile }

function foreignAgentConfiguration(name: ForeignAgentName, hasCorrespondentAgent: boolean): object {
  const { server, realm } = domainOf[name]
  return {
    identity: identities[name],
    realm,
    diameter: {
      security: 'none',
      peers: [{ identity: identities[server], connect: hostAddress[server] }],
      routes: [{ realm: '*', peer: identities[server] }],
    },
    careOfAddress: foreignAgents[name].careOfAddress,
    access: { interface: 'access', address: foreignAgents[name].access, rate: '1gbit' },
    advertisement: { intervalSeconds: 1, registrationLifetimeSeconds: 1800 },
    ...(hasCorrespondentAgent && { routeOptimization: { correspondentAgents: [hostAddress.ca] } }),
  }
}

function homeAgentConfiguration(name: HomeAgentName, server: 'hs' | 'fsa', realm: string): object {
  return {
    identity: identities[name],
    realm,
    diameter: {
      security: 'none',
      peers: [{ identity: identities[server], connect: hostAddress[server] }],
      ...(realm !== realms.home && { routes: [{ realm: '*', peer: identities[server] }] }),
    },
    address: homeAgents[name].address,
    uplink: { interface: 'core0', rate: '1gbit' },
  }
}

function correspondentAgentConfiguration(): object {
  return {
    identity: identities.ca,
    address: hostAddress.ca,
    uplink: { interface: 'core0', rate: '1gbit' },
    homeAgents: [{ address: homeAgentAddress, networks: [homeNetwork], ...bindingKey }],
  }
}

/** Its rules are the scenario's. */
function addressTranslatorConfiguration(): object {
  return {
    identity: identities.nat,
    realm: realms.home,
    diameter: { security: 'none', peers: [{ identity: identities.hs, connect: hostAddress.hs }] },
    outside: { interface: 'cn0' },
    subscribers: [{ network: homeNetwork, realm: realms.home, server: identities.hs }],
    intervalSeconds: 1,
  }
}

/** Every foreign agent of the lab accepts the tunnels of `ca`. */
function routeOptimization(): object {
  const careOfNetworks = Object.values(foreignAgents).map(({ careOfAddress }) => careOfAddress)
  return { correspondentAgents: [{ address: hostAddress.ca, careOfNetworks, ...bindingKey }] }
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

/** The configuration of every role, where these hosts stand. */
export function configurationsFor(hosts: readonly HostName[]): Record<DaemonHost, object> {
  const standing = <Name extends ServerHost>(names: readonly Name[]): Name[] =>
    names.filter((name) => hosts.includes(name))
  const identified = (names: readonly ServerHost[]) =>
    standing(names).map((name) => ({ identity: identities[name] }))
  const offered = (names: readonly HomeAgentName[]) =>
    standing(names).map((name) => ({ identity: identities[name], address: homeAgents[name].address }))
  const onHomeLink = hosts.includes('hr') && {
    homeNetwork: { interface: 'home0', prefixLength: 24, router: homeRouterAddress },
  }
  return {
    hs: {
      identity: identities.hs,
      realm: realms.home,
      diameter: {
        security: 'none',
        listen: { address: hostAddress.hs },
        peers: identified(['ha', 'ha2', 'fsa', 'fsb', 'nat']),
        routes: [
          { realm: realms.foreign, peer: identities.fsa },
          ...standing(['fsb']).map((name) => ({ realm: realms.otherForeign, peer: identities[name] })),
        ],
      },
      database: databaseFile,
      homeAgents: offered(['ha', 'ha2']),
      ...(hosts.includes('nat') && { addressTranslators: [identities.nat] }),
      ...(hosts.includes('haa') && { foreignHomeAgentRealms: [realms.foreign] }),
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
        peers: [{ identity: identities.hs, connect: hostAddress.hs }, ...identified(['a1', 'a2', 'haa'])],
        routes: [{ realm: realms.home, peer: identities.hs }],
      },
      homeAgents: offered(['haa']),
    },
    fsb: {
      identity: identities.fsb,
      realm: realms.otherForeign,
      diameter: {
        security: 'none',
        listen: { address: hostAddress.fsb },
        peers: [{ identity: identities.hs, connect: hostAddress.hs }, ...identified(['b1'])],
        routes: [{ realm: realms.home, peer: identities.hs }],
      },
    },
    ha: {
      ...homeAgentConfiguration('ha', 'hs', realms.home),
      ...onHomeLink,
      ...(hosts.includes('ca') && { routeOptimization: routeOptimization() }),
    },
    ha2: { ...homeAgentConfiguration('ha2', 'hs', realms.home), ...onHomeLink },
    haa: {
      ...homeAgentConfiguration('haa', 'fsa', realms.foreign),
      homeNetwork: { assign: { first: '198.51.100.16', last: '198.51.100.31' } },
    },
    a1: foreignAgentConfiguration('a1', hosts.includes('ca')),
    a2: foreignAgentConfiguration('a2', hosts.includes('ca')),
    b1: foreignAgentConfiguration('b1', hosts.includes('ca')),
    ca: correspondentAgentConfiguration(),
    nat: addressTranslatorConfiguration(),
    mn1: mobileNodeConfiguration('mn1'),
    mn2: mobileNodeConfiguration('mn2'),
  }
}

export const configurationFileOf = (host: DaemonHost): string => `${host}.yaml`

/** Writes the configuration of every role that stands, as an operator would; `changes` replace top-level keys. */
export function writeConfigurations(
  folder: string,
  hosts: readonly HostName[],
  changes: Partial<Record<DaemonHost, object>> = {},
): void {
  mkdirSync(folder, { recursive: true })
  const configurations = configurationsFor(hosts)
  for (const host of daemonHosts.filter((name) => hosts.includes(name)))
    writeFileSync(
      join(folder, configurationFileOf(host)),
      stringify({ ...configurations[host], ...changes[host] }),
    )
}
