import type { Ipv4Address } from '#core/ipv4.ts'
import type { HostName } from '../topology/hosts.ts'
import type { Stranger } from '../topology/variation.ts'

export interface ErlangSettings {
  name: string
  host: HostName
  /** `netns-lab/strangers/MODULE.erl`. */
  module: 'erlang_relay' | 'erlang_home_server'
  identity: string
  realm: string
  address: Ipv4Address
  /** Addresses of the peers that it dials. */
  dials: readonly Ipv4Address[]
}

const library = '/usr/lib/erlang/lib/diameter-*'

/** Erlang's diameter under a few lines of ours, compiled where it runs, as is the dictionary where it is needed. */
export function erlangDiameter(settings: ErlangSettings): Stranger {
  const { name, host, module, identity, realm, address, dials } = settings
  const tuple = (ip: Ipv4Address): string => `{${ip.replaceAll('.', ',')}}`
  const start = `${module}:start("${identity}","${realm}",${tuple(address)},[${dials.map(tuple).join(',')}])`
  const dictionary = [
    `cp ${library}/examples/dict/rfc4004_mip.dia .`,
    `${library}/bin/diameterc --name rfc4004_mip --inherits common/diameter_gen_base_rfc6733 rfc4004_mip.dia`,
    `erlc -I ${library}/include rfc4004_mip.erl`,
  ]
  const steps = [
    ...(module === 'erlang_home_server' ? dictionary : []),
    `erlc ${module}.erl`,
    `exec erl -noshell -pa . -eval '${start}.'`,
  ]
  return {
    name,
    host,
    command: ['sh', '-e', '-c', steps.join('\n')],
    files: {},
    sources: [`netns-lab/strangers/${module}.erl`],
    ready: /is ready/,
  }
}
