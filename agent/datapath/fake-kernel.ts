/**
 * A kernel for tests that answers netlink messages at the level of their values: it keeps objects, knows
 * which must exist before which, and writes down each command that it was sent as a line of `ip` or `tc`. It
 * is slow, obvious, and has only what the datapath sends.
 */
import { RTM_CLASS } from '#netlink/class.ts'
import { RTM_FILTER } from '#netlink/filter.ts'
import { RTM_LINK } from '#netlink/link.ts'
import { type NetlinkRequest, NLM_F } from '#netlink/message.ts'
import { MessageWriter } from '#netlink/message-writer.ts'
import { RTM_NEIGHBOUR } from '#netlink/neighbour.ts'
import { NetlinkError } from '#netlink/netlink-error.ts'
import { RTM_QDISC } from '#netlink/qdisc.ts'
import { clsactHandle } from '#netlink/qdisc-clsact.ts'
import { RTM_ROUTE } from '#netlink/route.ts'
import { RTM_RULE } from '#netlink/rule.ts'
import type { Result } from '#netlink/socket.ts'
import type { Kernel } from './kernel.ts'
import { owned } from './owned.ts'

type Value = Record<string, unknown>
interface Stored {
  type: number
  value: Value
  line: string
}

/** The number of a message is that of its object, and 0 to make, 1 to delete, 2 to ask. */
const objectOf = (type: number) => type - (type % 4)

export class FakeKernel implements Kernel {
  /** What was carried out or refused, in order, since `takeLog`. Questions are not written down. */
  #log: string[] = []
  readonly #objects = new Map<string, Stored>()
  /** The name at position n is, or was, of the interface with index n + 1. */
  readonly #indices: string[] = []
  #commands = 0
  #refuses: (line: string, position: number) => boolean = () => false
  closed = false

  /** @param devices the interfaces that are there from the start */
  constructor(...devices: string[]) {
    for (const name of devices)
      this.#put({ type: RTM_LINK.NEW, value: { name, flags: 1 }, line: `ip link add ${name}` })
  }

  /** From now on refuses the commands of which this says so; `position` counts commands from 0. */
  refuse(when: (line: string, position: number) => boolean = () => false): void {
    this.#refuses = when
    this.#commands = 0
  }

  takeLog(): string[] {
    return this.#log.splice(0)
  }

  /** The commands that would make all there is. */
  get state(): string[] {
    return [...this.#objects.values()].map(({ line }) => line).sort()
  }

  /** Deletes the objects whose line matches, as another program would. */
  lose(line: RegExp): void {
    for (const [key, object] of [...this.#objects]) if (line.test(object.line)) this.#drop(key)
  }

  async transaction<Answer>(requests: readonly NetlinkRequest<Answer>[]): Promise<Result<Answer>[]> {
    return requests.map((request) => {
      try {
        return { ok: true, reply: request.answer(this.#handle(request)) }
      } catch (error) {
        if (error instanceof NetlinkError) return { ok: false, error }
        throw error
      }
    })
  }

  async *dump<Item>(request: NetlinkRequest<Item>): AsyncGenerator<Item> {
    const { device, protocol, parent } = givenIn(request)
    for (const object of [...this.#objects.values()]) {
      const { type, value } = object
      if (objectOf(type) !== objectOf(request.type)) continue
      if (device !== undefined && device !== (value.device ?? value.index)) continue
      if (protocol !== undefined && protocol !== value.protocol) continue
      if (parent !== undefined && parent !== value.parent) continue
      yield request.answer(this.#encode(request, object))
    }
  }

  close(): void {
    this.closed = true
  }

  #handle(request: NetlinkRequest): Buffer | undefined {
    const value = givenIn(request)
    const key = keyOf(request.type, value)
    if (request.type % 4 === 2) {
      const found = this.#objects.get(request.type === RTM_ROUTE.GET ? this.#wayOf(value) : key)
      if (!found) throw refusal(request, 'ENOENT')
      return this.#encode(request, found)
    }
    try {
      if (this.#refuses(request.render(), this.#commands++))
        throw refusal(request, 'ENOMEM', 'as told by the test')
      if (request.type % 4 === 0) this.#make(request, value, key)
      else this.#delete(request, key)
    } catch (error) {
      this.#log.push(`refused: ${request.render()}`)
      throw error
    }
    this.#log.push(request.render())
    return undefined
  }

  /** The key of the route for a packet, by the rules. */
  #wayOf(value: Value): string {
    for (const { value: rule } of this.#objects.values())
      if (rule.fwMark !== undefined && rule.fwMark === value.fwMark) return `route ${rule.table} default`
    return keyOf(RTM_ROUTE.GET, { ...value, table: owned.routeTable })
  }

  #make(request: NetlinkRequest, value: Value, key: string): void {
    const { type, flags } = request
    const former = this.#objects.get(key)
    if (former && flags & NLM_F.EXCL) throw refusal(request, 'EEXIST')
    if (!former && !(flags & NLM_F.CREATE)) throw refusal(request, 'ENOENT')
    for (const needed of needs(type, value))
      if (!this.#objects.has(needed)) throw refusal(request, 'ENOENT', needed)
    this.#put({ type, value, line: request.render().replace(/ (replace|change) /, ' add ') })
    if (type !== RTM_CLASS.NEW) return
    // A class that gets others below it loses its queue to them.
    const queue = `qdisc ${value.device} ${value.parent}`
    if (this.#objects.has(`class ${value.device} ${value.parent}`)) this.#objects.delete(queue)
  }

  #delete(request: NetlinkRequest, key: string): void {
    const list =
      request.type === RTM_FILTER.DELETE && key.endsWith(' 0') ? this.#filtersIn(key.slice(0, -1)) : []
    if (list.length > 0) {
      for (const filter of list) this.#drop(filter)
      return
    }
    if (!this.#objects.has(key)) throw refusal(request, 'ENOENT')
    const isUsed = this.#standingOn(key).some(([, { type }]) => type === RTM_FILTER.NEW)
    if (objectOf(request.type) === RTM_CLASS.NEW && isUsed) throw refusal(request, 'EBUSY')
    this.#drop(key)
  }

  #filtersIn(list: string): string[] {
    return [...this.#objects.keys()].filter((key) => key.startsWith(list))
  }

  /** What stands on an object goes with it. */
  #drop(key: string): void {
    this.#objects.delete(key)
    for (const [other] of this.#standingOn(key)) this.#drop(other)
  }

  #standingOn(key: string): [string, Stored][] {
    return [...this.#objects].filter(([, { type, value }]) => needs(type, value).includes(key))
  }

  #put(object: Stored): void {
    this.#objects.set(keyOf(object.type, object.value), object)
    if (object.type === RTM_LINK.NEW) this.#indices.push(String(object.value.name))
  }

  /** As the kernel answers: in the layout of the request, what is held. */
  #encode({ format }: NetlinkRequest, { type, value }: Stored): Buffer {
    const indexOf = (name: string): number => this.#indices.lastIndexOf(name) + 1
    const writer = new MessageWriter(indexOf)
    format.write(writer, type === RTM_LINK.NEW ? { index: value.name, ...value } : asHeld(type, value))
    return writer.bytes.subarray(0, writer.length)
  }
}

function givenIn(request: NetlinkRequest): Value {
  return Object.fromEntries(Object.entries(request.value).filter(([, value]) => value !== undefined))
}

/** Two objects with one key cannot exist at once. */
function keyOf(type: number, value: Value): string {
  switch (objectOf(type)) {
    case RTM_LINK.NEW:
      return `link ${value.name}`
    case RTM_QDISC.NEW:
      return `qdisc ${value.device} ${value.handle ?? value.parent}`
    case RTM_CLASS.NEW:
      return `class ${value.device} ${value.classId}`
    case RTM_FILTER.NEW:
      return `filter ${value.device} ${value.parent} ${value.priority} ${value.handle ?? 0}`
    case RTM_NEIGHBOUR.NEW:
      return `neighbour ${value.index} ${value.address}`
    case RTM_ROUTE.NEW:
      return `route ${value.table ?? value.shortTable} ${value.destination ?? 'default'}`
    case RTM_RULE.NEW:
      return `rule ${value.priority} ${value.fwMark ?? ''}`
    default:
      throw new Error(`the fake kernel knows no message ${type}`)
  }
}

/** The keys of what must exist before. */
function needs(type: number, value: Value): string[] {
  const { device, index, parent } = value
  switch (objectOf(type)) {
    case RTM_QDISC.NEW:
      return [`link ${device}`, ...(typeof parent === 'number' ? [`class ${device} ${parent}`] : [])]
    case RTM_CLASS.NEW:
      return [`${Number(parent) & 0xffff ? 'class' : 'qdisc'} ${device} ${parent}`]
    case RTM_FILTER.NEW: {
      const { classId } = inner(inner(value, 'options'), 'fw')
      const target = classId === undefined ? [] : [`class ${device} ${classId}`]
      const place = parent === 'ingress' || parent === 'egress' ? clsactHandle : parent
      return [`qdisc ${device} ${place}`, ...target, ...mirrorDevices(value).map((name) => `link ${name}`)]
    }
    case RTM_NEIGHBOUR.NEW:
      return [`link ${index}`]
    case RTM_ROUTE.NEW:
      return [`link ${device}`]
    default:
      return []
  }
}

function mirrorDevices(value: Value): unknown[] {
  const { actions } = inner(inner(value, 'options'), 'flower')
  return (Array.isArray(actions) ? actions : []).flatMap(({ options }) => {
    const { device } = inner(inner(options, 'mirred'), 'parameters')
    return device === undefined ? [] : [device]
  })
}

/** A class at the top of its qdisc has the root as parent; a priority above 7 becomes 7 without a word. */
function asHeld(type: number, value: Value): Value {
  if (type !== RTM_CLASS.NEW) return value
  const htb = inner(inner(value, 'options'), 'htb')
  const parameters = inner(htb, 'parameters')
  const priority = Math.min(Number(parameters.priority), 7)
  const parent = Number(value.parent) & 0xffff ? value.parent : 'root'
  return { ...value, parent, options: { htb: { ...htb, parameters: { ...parameters, priority } } } }
}

function inner(value: Value, name: string): Value {
  return { ...(value[name] ?? {}) }
}

function refusal(request: NetlinkRequest, errno: string, kernelText?: string): NetlinkError {
  const rendered = request.render()
  const reason = kernelText === undefined ? errno : `${errno}, ${kernelText}`
  return new NetlinkError('netlink/refused', `${rendered}: ${reason}`, { errno, kernelText, rendered })
}
