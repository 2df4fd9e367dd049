import type { CertificateOrder } from './certificates.ts'
import type { ExtraHostName, HostName, MobileNodeName } from './hosts.ts'
import type { DaemonHost } from './role-configuration.ts'

/** What a scenario has different from the standard network and roles. */
export interface Variation {
  extraHosts?: readonly ExtraHostName[]
  /** Top-level keys of roles' configurations, instead of the standard ones. */
  configurations?: Partial<Record<DaemonHost, object>>
  /** Keys of subscribers in the database, instead of the standard ones; undefined takes one away. */
  subscribers?: Partial<Record<MobileNodeName, object>>
  /** Certificates that the roles and strangers find beside their configurations. */
  certificates?: readonly CertificateOrder[]
  /** Programs that are not ours: beside our roles, or in the place of the role of that host. */
  strangers?: readonly Stranger[]
}

/** A foreign implementation, started with the servers and agents. */
export interface Stranger {
  /** Names its log and its folder. */
  name: string
  host: HostName
  /** Run in the folder of the files. */
  command: readonly string[]
  files: Readonly<Record<string, string>>
  /** Further files, copied: paths below the project's folder. */
  sources?: readonly string[]
  /** What it prints when it works. */
  ready: RegExp
}
