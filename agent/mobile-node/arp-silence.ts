import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describeError } from '#core/error.ts'
import type { Log } from '#core/log.ts'

/** ip-sysctl: do not reply for any local address. */
const silent = '8'
/** The kernel's default, which is taken for the owner's where a former process has left its own. */
const usual = '0'

/**
 * Keeps the kernel from answering ARP for the home address while the node is away (RFC 5944, section 4.6). Foreign agents know the
 * link-layer address from the registration and never ask.
 */
export class ArpSilence {
  readonly #file: string
  readonly #log: Log
  #before: string | undefined

  /** `file`: the sysctl `arp_ignore` of the interface. */
  constructor(file: string, log: Log) {
    this.#file = file
    this.#log = log
    if (existsSync(file) && readFileSync(file, 'utf8').trim() === silent) this.#before = usual
  }

  static of(interfaceName: string, log: Log): ArpSilence {
    return new ArpSilence(`/proc/sys/net/ipv4/conf/${interfaceName}/arp_ignore`, log)
  }

  /** The node is away. */
  begin(): void {
    if (this.#before !== undefined) return
    try {
      const before = readFileSync(this.#file, 'utf8').trim()
      writeFileSync(this.#file, silent)
      this.#before = before
    } catch (error) {
      this.#complain(error)
    }
  }

  /** The node is at home, or stops: what the host's owner had set counts again. */
  end(): void {
    if (this.#before === undefined) return
    try {
      writeFileSync(this.#file, this.#before)
      this.#before = undefined
    } catch (error) {
      this.#complain(error)
    }
  }

  #complain(error: unknown): void {
    this.#log.warn(
      { event: 'arp', reason: describeError(error) },
      'the kernel answers ARP for the home address on the visited link as before',
    )
  }
}
