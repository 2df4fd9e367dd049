import { choice, type FixedType, s32, u32 } from './attribute-type.ts'
import { struct } from './struct.ts'

/** What becomes of a packet after an action: `TC_ACT_*` (linux/pkt_cls.h). */
const verdicts = { continue: -1, pass: 0, reclassify: 1, drop: 2, pipe: 3, stolen: 4, trap: 8 } as const
/** The number stands in the lower 28 bits. */
const verdictsWithNumber = { jump: 1 << 28, 'goto chain': 2 << 28 } as const
const numberMask = 0x0fffffff

/**
 * `pipe`: the next action of the filter; `continue`: the next filter; `reclassify`: all filters again; `goto chain N`: the
 * filters of that chain; `jump N`: over N actions; `pass`, `drop` and `stolen` (taken by the action) are final; `trap` lets
 * hardware hand the packet to the kernel, and is `stolen` in software.
 */
export type Verdict = keyof typeof verdicts | `${keyof typeof verdictsWithNumber} ${number}`

const plainVerdict = choice(s32, verdicts)

export const verdict: FixedType<Verdict | number> = {
  size: s32.size,
  read(bytes, start, end, siblings) {
    const value = plainVerdict.read(bytes, start, end, siblings)
    if (typeof value === 'string') return value
    if ((value & ~numberMask) === verdictsWithNumber.jump) return `jump ${value & numberMask}`
    if ((value & ~numberMask) === verdictsWithNumber['goto chain']) return `goto chain ${value & numberMask}`
    return value
  },
  write(writer, value) {
    const [, name, number] = /^(jump|goto chain) (\d+)$/.exec(String(value)) ?? []
    if (name !== 'jump' && name !== 'goto chain') {
      // What has no number is one of the plain ones; their type refuses any other.
      plainVerdict.write(writer, value as keyof typeof verdicts | number)
      return
    }
    if (Number(number) > numberMask) throw new RangeError(`"${value}": more than ${numberMask}`)
    s32.write(writer, verdictsWithNumber[name] | Number(number))
  },
}

/** `struct tc_gen`: the beginning of every action's parameters. */
export const genericAction = struct('tc_gen', {
  /** The action's number among those of its kind; 0 lets the kernel choose. */
  index: u32,
  capabilities: u32,
  verdict,
  /** In answers: how many refer to the action, and how many filters among them. */
  references: s32,
  bindings: s32,
})

/** The verdict as a word of `tc`, which leaves out the one that the kind of action has by default. */
export function renderVerdict(
  parameters: { verdict?: Verdict | number | undefined } | undefined,
  byDefault: Verdict,
): string | undefined {
  const given = parameters?.verdict
  return given === undefined || given === byDefault ? undefined : String(given)
}
