import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { LabError } from '../lab-error.ts'
import { makeCertificates } from './certificates.ts'
import { tokenFile, writeCredentials } from './credentials.ts'
import { Daemon } from './daemon.ts'
import { runInHost } from './host-command.ts'
import { type HostName, hostsWith, type MobileNodeName } from './hosts.ts'
import {
  configurationFileOf,
  type DaemonHost,
  isServerHost,
  operatorApi,
  roleOfHost,
  type ServerHost,
  writeConfigurations,
} from './role-configuration.ts'
import { databaseFile, databaseImportFile, writeDatabaseImport } from './service-control.ts'
import type { Stranger, Variation } from './variation.ts'

/** Secrets and configurations live in memory of the lab's kernel and end with it; logs go to the report. */
const configurationFolder = '/run/sojourn-lab'

/** The daemons of the lab, one per host: ours started through the `sojourn` program as anyone would, and strangers. */
export class RunningRoles {
  readonly configurationFolder = configurationFolder
  readonly #sojourn: readonly string[]
  readonly #logFolder: string
  readonly #variation: Variation
  readonly #projectFolder: string
  readonly #daemons = new Map<DaemonHost, Daemon>()
  readonly #strangers = new Map<string, Daemon>()

  constructor(sojourn: readonly string[], logFolder: string, variation: Variation, projectFolder: string) {
    this.#projectFolder = projectFolder
    this.#sojourn = sojourn
    this.#logFolder = logFolder
    this.#variation = variation
    mkdirSync(logFolder, { recursive: true })
    // An earlier scenario in the same kernel had its own keys and database.
    rmSync(configurationFolder, { recursive: true, force: true })
    writeCredentials(configurationFolder)
    writeConfigurations(configurationFolder, this.hosts, variation.configurations)
    writeDatabaseImport(configurationFolder, variation.subscribers)
  }

  /** The hosts that stand in this lab. */
  get hosts(): HostName[] {
    return hostsWith(this.#variation.extraHosts)
  }

  /** The hosts of servers and agents that are ours. */
  get serverHosts(): ServerHost[] {
    return this.hosts
      .filter(isServerHost)
      .filter((host) => !this.#variation.strangers?.some((stranger) => stranger.host === host))
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

  /** Fills the service control database, then starts servers, agents and strangers side by side; resolves when all are ready. */
  async startServersAndAgents(): Promise<void> {
    await makeCertificates(configurationFolder, this.#variation.certificates ?? [])
    const daemons = this.#variation.strangers?.map((stranger) => this.startStranger(stranger)) ?? []
    const hosts = this.serverHosts
    daemons.push(...hosts.filter((host) => host !== 'hs').map((host) => this.#start(host)))
    if (hosts.includes('hs')) {
      const file = join(configurationFolder, databaseImportFile)
      const database = join(configurationFolder, databaseFile)
      await runInHost('hs', this.command('database', 'import', file, '--database', database))
      daemons.push(this.#start('hs'))
    }
    await Promise.all(daemons.map((daemon) => daemon.ready()))
  }

  async startMobileNode(node: MobileNodeName): Promise<void> {
    await this.#start(node).ready()
  }

  /** Starts the daemon of a host anew, after `kill` or its own end, with the configuration and the state that it has there. */
  async startAgain(host: DaemonHost): Promise<void> {
    await this.#start(host).ready()
  }

  /** Gives a role other top-level keys in its configuration than the scenario's, from its next start on. */
  reconfigure(host: DaemonHost, changes: object): void {
    const { configurations } = this.#variation
    writeConfigurations(configurationFolder, this.hosts, {
      ...configurations,
      [host]: { ...configurations?.[host], ...changes },
    })
  }

  /** As `kill -9`: it can do nothing more. */
  async kill(host: DaemonHost): Promise<void> {
    await this.daemon(host).stop('SIGKILL')
  }

  daemon(host: DaemonHost): Daemon {
    const daemon = this.#daemons.get(host)
    if (!daemon) throw new LabError('lab/usage', `no daemon was started in ${host}`)
    return daemon
  }

  /** Ours. */
  get daemons(): Daemon[] {
    return [...this.#daemons.values()]
  }

  stranger(name: string): Daemon {
    const daemon = this.#strangers.get(name)
    if (!daemon) throw new LabError('lab/usage', `no stranger "${name}" was started`)
    return daemon
  }

  get strangers(): Daemon[] {
    return [...this.#strangers.values()]
  }

  /** Nodes first, so that they can still deregister; then all others together. Strangers take too long to go by themselves. */
  async stop(): Promise<void> {
    const isNode = (daemon: Daemon): boolean => daemon.host.startsWith('mn')
    await Promise.all(this.daemons.filter(isNode).map((daemon) => daemon.stop()))
    await Promise.all([
      ...this.daemons.map((daemon) => daemon.stop()),
      ...this.strangers.map((daemon) => daemon.stop('SIGKILL')),
    ])
  }

  #start(host: DaemonHost): Daemon {
    const config = join(configurationFolder, configurationFileOf(host))
    const daemon = new Daemon(host, this.command(roleOfHost[host], '--config', config), this.#logFolder)
    this.#daemons.set(host, daemon)
    return daemon
  }

  /** In the midst of a story; the caller waits until it is ready, if that matters. */
  startStranger({ name, host, command, files, sources = [], ready }: Stranger): Daemon {
    const folder = join(configurationFolder, name)
    mkdirSync(folder, { recursive: true })
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
    for (const path of sources) copyFileSync(join(this.#projectFolder, path), join(folder, basename(path)))
    const daemon = new Daemon(host, command, this.#logFolder, { name, ready, folder })
    this.#strangers.set(name, daemon)
    return daemon
  }
}
