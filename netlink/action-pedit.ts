import { actionTimes } from './action-times.ts'
import { genericAction, renderVerdict, type Verdict } from './action-verdict.ts'
import { attributes, type Decoded, type Encodable, flagged, NLA_F_NESTED } from './attribute.ts'
import { repeated } from './attribute-array.ts'
import { type AttributeType, be32, choice, u8, u16, u32 } from './attribute-type.ts'
import type { Words } from './command-line.ts'
import { type PeditWord, renderWords } from './pedit-field.ts'
import { padding, struct } from './struct.ts'

const selection = struct('tc_pedit_sel', {
  ...genericAction.fields,
  keyCount: u8,
  flags: u8,
  reserved: padding(2),
})

const key = struct('tc_pedit_key', {
  /** Bits of the word that stay. */
  mask: be32,
  value: be32,
  /** Bytes from the start of the header, a multiple of 4. */
  offset: u32,
  at: u32,
  offsetMask: u32,
  shift: u32,
})

/** `struct tc_pedit_sel` with the keys that it counts. */
const selectionWithKeys: AttributeType<
  Decoded<typeof selection> & { keys: Decoded<typeof key>[] },
  Encodable<typeof selection> & { readonly keys?: readonly Encodable<typeof key>[] | undefined }
> = {
  read(bytes, start, end) {
    const value = selection.read(bytes, start, end)
    const from = (index: number) => start + selection.size + index * key.size
    const keys = Array.from({ length: value.keyCount }, (_, index) => key.read(bytes, from(index), end))
    return { ...value, keys }
  },
  write(writer, { keys = [], ...value }) {
    selection.write(writer, { ...value, keyCount: keys.length })
    for (const each of keys) key.write(writer, each)
  },
}

const headers = { network: 0, eth: 1, ip: 2, ip6: 3, tcp: 4, udp: 5 } as const
const extendedKey = attributes({
  header: [1, 'TCA_PEDIT_KEY_EX_HTYPE', choice(u16, headers)],
  command: [2, 'TCA_PEDIT_KEY_EX_CMD', choice(u16, { set: 0, add: 1 })],
})
const keyNumber = 6

/** Edits words of packets: `TCA_PEDIT_*` (linux/tc_act/tc_pedit.h). Checksums stay as they were: see `csum()`. */
export const peditAttributes = attributes({
  times: [1, 'TCA_PEDIT_TM', actionTimes],
  /** Without extended keys, offsets count from the network header. */
  parameters: [2, 'TCA_PEDIT_PARMS', selectionWithKeys],
  extendedParameters: [4, 'TCA_PEDIT_PARMS_EX', selectionWithKeys],
  extendedKeys: [
    5,
    'TCA_PEDIT_KEYS_EX',
    { ...repeated(keyNumber + NLA_F_NESTED, flagged(extendedKey)), nestedFlag: true },
  ],
})

/**
 * Like `action pedit ex munge ip dsfield set 0xb8 retain 0xfc munge ip ttl add 0xff`. The verdict is `pass` when absent, as with
 * `tc`: say `pipe` where another action follows.
 * @param words what `munge()` and `mungeOffset()` make, one list after the other
 */
export function pedit(
  words: readonly (readonly PeditWord[])[],
  { verdict = 'pass' }: { verdict?: Verdict } = {},
) {
  const all = words.flat()
  return {
    kind: 'pedit',
    options: {
      pedit: {
        extendedParameters: {
          verdict,
          keys: all.map(({ mask, value, offset }) => ({ mask, value, offset })),
        },
        // A number is one that a message had.
        extendedKeys: all.map(({ header, command }) => ({ header, command })),
      },
    },
  }
}

/** The words that a message edits. */
export function readPedit(value: Encodable<typeof peditAttributes>): PeditWord[] {
  const { keys = [] } = value.extendedParameters ?? value.parameters ?? {}
  return keys.map(({ mask = 0, value: bits = 0, offset = 0 }, index) => {
    const { header = 'network', command = 'set' } = value.extendedKeys?.[index] ?? {}
    return { header, command, offset, mask, value: bits }
  })
}

export function renderPedit(value: Encodable<typeof peditAttributes>): Words {
  return [
    value.extendedParameters && 'ex',
    renderWords(readPedit(value)),
    renderVerdict(value.extendedParameters ?? value.parameters, 'pass'),
  ]
}
