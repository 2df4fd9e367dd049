import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { LabError } from '../lab-error.ts'
import { tokenFile, writeCredentials } from './credentials.ts'
import { Daemon } from './daemon.ts'
import { runInHost } from './host-command.ts'
import type { MobileNodeName } from './hosts.ts'
import {
  configurationFileOf,
  type DaemonHost,
  operatorApi,
  roleOfHost,
  serverHosts,
  writeConfigurations,
} from './role-configuration.ts'
import { databaseFile, databaseImportFile, writeDatabaseImport } from './service-control.ts'

/** Secrets and configurations live in memory of the lab's kernel and end with it; logs go to the report. */
const configurationFolder = '/run/sojourn-lab'

/** The daemons of the lab, one per host, started through the `sojourn` program as anyone would. */
export class RunningRoles {
  readonly configurationFolder = configurationFolder
  readonly #sojourn: readonly string[]
  readonly #logFolder: string
  readonly #daemons = new Map<DaemonHost, Daemon>()

  constructor(sojourn: readonly string[], logFolder: string) {
    this.#sojourn = sojourn
    this.#logFolder = logFolder
    mkdirSync(logFolder, { recursive: true })
    writeCredentials(configurationFolder)
    writeConfigurations(configurationFolder)
    writeDatabaseImport(configurationFolder)
  }

  /** What `sojourn` needs of its environment to reach the operator API from host hs. */
  get operatorEnvironment(): Record<'SOJOURN_API' | 'SOJOURN_TOKEN_FILE', string> {
    return {
      SOJOURN_API: `http://${operatorApi.address}:${operatorApi.port}`,
      SOJOURN_TOKEN_FILE: join(configurationFolder, tokenFile),
    }
  }

  /** The argument vector of a `sojourn` command. */
  command(...argv: string[]): string[] {
    return [...this.#sojourn, ...argv]
  }

  /** Fills the service control database, then starts servers and agents side by side; resolves when all are ready. */
  async startServersAndAgents(): Promise<void> {
    const daemons = serverHosts.filter((host) => host !== 'hs').map((host) => this.#start(host))
    const file = join(configurationFolder, databaseImportFile)
    const database = join(configurationFolder, databaseFile)
    await runInHost('hs', this.command('database', 'import', file, '--database', database))
    daemons.push(this.#start('hs'))
    await Promise.all(daemons.map((daemon) => daemon.ready()))
  }

  async startMobileNode(node: MobileNodeName): Promise<void> {
    await this.#start(node).ready()
  }

  daemon(host: DaemonHost): Daemon {
    const daemon = this.#daemons.get(host)
    if (!daemon) throw new LabError('lab/usage', `no daemon was started in ${host}`)
    return daemon
  }

  get daemons(): Daemon[] {
    return [...this.#daemons.values()]
  }

  /** Nodes first, so that they can still deregister; then all others together. */
  async stop(): Promise<void> {
    const isNode = (daemon: Daemon): boolean => daemon.host.startsWith('mn')
    await Promise.all(this.daemons.filter(isNode).map((daemon) => daemon.stop()))
    await Promise.all(this.daemons.map((daemon) => daemon.stop()))
  }

  #start(host: DaemonHost): Daemon {
    const config = join(configurationFolder, configurationFileOf(host))
    const daemon = new Daemon(host, this.command(roleOfHost[host], '--config', config), this.#logFolder)
    this.#daemons.set(host, daemon)
    return daemon
  }
}
