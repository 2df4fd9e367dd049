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
  /** Not reached yet, and given out nevertheless. */
  readonly #reserved = new Set<number>()

  constructor(first: number, last: number, accepts: (number: number) => boolean = () => true) {
    this.#next = first
    this.#last = last
    this.#accepts = accepts
  }

  take(): number | undefined {
    const returned = this.#returned.shift()
    if (returned !== undefined) return returned
    while (this.#next <= this.#last && (this.#reserved.delete(this.#next) || !this.#accepts(this.#next)))
      this.#next++
    return this.#next <= this.#last ? this.#next++ : undefined
  }

  /** Gives out this one. The caller knows that nobody has it, and that none was given back before. */
  reserve(number: number): boolean {
    if (number < this.#next || number > this.#last || !this.#accepts(number)) return false
    this.#reserved.add(number)
    return true
  }

  giveBack(number: number): void {
    // One that `take` has yet to come to is free when it does.
    if (!this.#reserved.delete(number)) this.#returned.push(number)
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

  /**
   * Gives out an id that the kernel still has from before; only while none was allocated. False where it cannot be: it is out of our
   * range, somebody has it, or its group is another tunnel's.
   */
  reserve(name: string, { group: major, number }: ClassId): boolean {
    const known = this.#byMajor.get(major)
    if (known ? known.name !== name : this.#byName.has(name) || !this.#majors.reserve(major)) return false
    const group = known ?? this.#addGroup(name, major)
    if (group.taken.has(number) || !group.numbers.reserve(number)) {
      if (group.taken.size === 0) this.#dropGroup(group)
      return false
    }
    group.taken.add(number)
    return true
  }

  release({ group: major, number }: ClassId): void {
    const group = this.#byMajor.get(major)
    if (!group?.taken.delete(number)) return
    group.numbers.giveBack(number)
    if (group.taken.size === 0) this.#dropGroup(group)
  }

  #dropGroup({ name, major }: Group): void {
    this.#byName.delete(name)
    this.#byMajor.delete(major)
    this.#majors.giveBack(major)
  }

  #newGroup(name: string): Group {
    const major = this.#majors.take()
    if (major === undefined) throw new DatapathError('datapath/rejected', `no class is free for ${name}`)
    return this.#addGroup(name, major)
  }

  #addGroup(name: string, major: number): Group {
    const group: Group = { name, major, numbers: new NumberPool(1, 0xffff), taken: new Set() }
    this.#byName.set(name, group)
    this.#byMajor.set(major, group)
    return group
  }
}
