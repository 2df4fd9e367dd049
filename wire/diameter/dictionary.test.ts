import test from 'ava'
import type { AvpRow } from './avp-table.ts'
import { commands, errorAnswer } from './command.ts'
import { avpName, avpRow, dictionary } from './dictionary.ts'

const rows: [string, AvpRow][] = Object.entries(dictionary)

test('no two AVPs share a code', (t) => {
  for (const [name, { vendorId = 0, code }] of rows) t.is(avpName(vendorId, code), name)
})

test('every member of a group, a command and the error answer is in the dictionary', (t) => {
  const grammars = [
    ...rows.flatMap(([, row]) => (row.type === 'Grouped' ? [row.members] : [])),
    ...Object.values(commands).flatMap(({ request, answer }) => [request, answer]),
    errorAnswer,
  ]
  for (const grammar of grammars)
    for (const name of Object.keys(grammar)) t.not(avpRow(name), undefined, name)
})

test('QoS and Sojourn AVPs have the M flag clear', (t) => {
  for (const [name, { code, vendorId, mandatory }] of rows)
    if ((code >= 495 && code <= 578) || vendorId !== undefined) t.false(mandatory, name)
})
