import test from 'ava'
import { dscp, formatDscp } from './dscp.ts'

const cases: [written: string | number, codePoint: number, name: string | number][] = [
  ['DF', 0, 'DF'],
  ['CS0', 0, 'DF'],
  ['LE', 1, 'LE'],
  ['CS7', 56, 'CS7'],
  ['AF11', 10, 'AF11'],
  ['AF43', 38, 'AF43'],
  ['EF', 46, 'EF'],
  [44, 44, 'VOICE-ADMIT'],
  [63, 63, 63],
]
for (const [written, codePoint, name] of cases)
  test(`${written} is ${codePoint}`, (t) => {
    t.is(dscp.parse(written), codePoint)
    t.is(formatDscp(codePoint), name)
  })

for (const wrong of ['AF44', 'ef', 64, -1, 1.5, null, '46'])
  test(`${wrong} is no code point`, (t) => t.false(dscp.safeParse(wrong).success))
