/** Where the objects of the bench are: the same for every peer. All hangs at two ifb interfaces, b0 and b1. */

export const interfaces = ['b0', 'b1'] as const

/** Beyond this many classes in one HTB qdisc, adding another becomes expensive for every peer: the kernel walks over them all. */
const classesPerQdisc = 1000
const childQdiscs = 64

/** Changes that the workload "one change among N" makes, each on its own. */
export const samplesOfOne = 2000

export interface ClassPlace {
  parent: number
  classId: number
}

/** The classes in order; with child qdiscs below classes of the root, where they are many. */
export function classPlaces(n: number): ClassPlace[] {
  if (n <= classesPerQdisc)
    return Array.from({ length: n }, (_, index) => ({ parent: 0x10000, classId: 0x10001 + index }))
  const majors = childMajors(n)
  return Array.from({ length: n }, (_, index) => {
    const parent = (majors[index % childQdiscs] ?? 0) * 0x10000
    return { parent, classId: parent + 1 + Math.floor(index / childQdiscs) }
  })
}

/** Majors of the child qdiscs, none for few classes. Left out: those whose classes the kernel hashes into one crowded bucket. */
export function childMajors(n: number): number[] {
  const majors: number[] = []
  if (n <= classesPerQdisc) return majors
  for (let major = 2; majors.length < childQdiscs; major++)
    if (((major * 0x8647) & 0xffff) >> 12 !== 0) majors.push(major)
  return majors
}

/** The address of the route or filter at a position. */
export function addressOf(index: number): string {
  return `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`
}

/** Every turn sets another rate, so that each change is one. */
export function rateMegabits(turn: number): number {
  return 10 + (turn % 500)
}

export function hex(number: number): string {
  return number.toString(16)
}

export function classIdText(id: number): string {
  return `${hex(id >>> 16)}:${hex(id & 0xffff)}`
}
