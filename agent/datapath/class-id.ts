import { tcHandle } from '#netlink/tc-handle.ts'
import { DatapathError } from './datapath-error.ts'
import { owned } from './owned.ts'

/** A subscriber's place: the class `group:number`, whose id is also the mark of the subscriber's packets. */
export interface ClassId {
  group: number
  number: number
}

/** The class id and mark: what `tc` writes as `GROUP:NUMBER` is (group << 16 | number). */
export function classIdValue({ group, number }: ClassId): number {
  return tcHandle(group, number)
}

/**
 * Whether qdiscs with this major number share their hash bucket with all of the kernel's default ones, which
 * have handle 0: a change of a class below such a qdisc took 200 times as long at 10,000 classes
 * (`qdisc_hash`, 16 buckets, hash_32 of the handle).
 */
export function isCrowded(major: number): boolean {
  return ((major * 0x8647) & 0xffff) >> 12 === 0
}

/** Numbers that are given out once at a time: those given back first, then new ones in order. */
class NumberPool {
  readonly #last: number
  readonly #accepts: (number: number) => boolean
  #next: number
  #returned: number[] = []

  constructor(first: number, last: number, accepts: (number: number) => boolean = () => true) {
    this.#next = first
    this.#last = last
    this.#accepts = accepts
  }

  take(): number | undefined {
    const returned = this.#returned.shift()
    if (returned !== undefined) return returned
    while (this.#next <= this.#last && !this.#accepts(this.#next)) this.#next++
    return this.#next <= this.#last ? this.#next++ : undefined
  }

  giveBack(number: number): void {
    this.#returned.push(number)
  }
}

interface Group {
  name: string
  major: number
  numbers: NumberPool
  taken: Set<number>
}

/**
 * Gives each tunnel a group, and each subscriber behind it a number in the group. A group ends with its last
 * subscriber.
 */
export class ClassIds {
  readonly #majors = new NumberPool(owned.groups.first, owned.groups.last, (major) => !isCrowded(major))
  readonly #byName = new Map<string, Group>()
  readonly #byMajor = new Map<number, Group>()

  /** @throws datapath/rejected when all are given out: 14,400 groups, or 65,535 subscribers in one */
  allocate(name: string): ClassId {
    const group = this.#byName.get(name) ?? this.#newGroup(name)
    const number = group.numbers.take()
    if (number === undefined)
      throw new DatapathError('datapath/rejected', `no class is free for another subscriber behind ${name}`)
    group.taken.add(number)
    return { group: group.major, number }
  }

  release({ group: major, number }: ClassId): void {
    const group = this.#byMajor.get(major)
    if (!group?.taken.delete(number)) return
    group.numbers.giveBack(number)
    if (group.taken.size > 0) return
    this.#byName.delete(group.name)
    this.#byMajor.delete(major)
    this.#majors.giveBack(major)
  }

  #newGroup(name: string): Group {
    const major = this.#majors.take()
    if (major === undefined) throw new DatapathError('datapath/rejected', `no class is free for ${name}`)
    const group: Group = { name, major, numbers: new NumberPool(1, 0xffff), taken: new Set() }
    this.#byName.set(name, group)
    this.#byMajor.set(major, group)
    return group
  }
}
