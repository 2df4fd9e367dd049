import { readFileSync } from 'node:fs'
import test from 'ava'
import { z } from 'zod'
import type { AvpRow } from './avp-table.ts'
import { type CommandName, commands, errorAnswer } from './command.ts'
import { avpName, avpRow, dictionary } from './dictionary.ts'
import { resultCode } from './result-code.ts'

const members = z.record(z.string(), z.string())
const reference = z
  .object({
    withoutCode: z.array(z.string()),
    avps: z.array(
      z.object({
        name: z.string(),
        code: z.number(),
        type: z.string(),
        mandatory: z.enum(['must', 'mustNot', 'unspecified']),
        members: members.optional(),
        values: z.record(z.string(), z.number()).optional(),
      }),
    ),
    commands: z.array(
      z.object({
        name: z.string(),
        code: z.number(),
        kind: z.enum(['request', 'answer']),
        proxiable: z.boolean(),
        members,
      }),
    ),
    resultCodes: z.array(z.number()),
  })
  .parse(JSON.parse(readFileSync(new URL('../golden/diameter-dictionary.json', import.meta.url), 'utf8')))

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

test('every AVP of the RFCs is here, with its type, M flag, members and values', (t) => {
  t.is(reference.avps.length, 165)
  for (const { name, code, type, mandatory, members: wanted, values } of reference.avps) {
    const row = avpRow(name)
    t.like(row, { code, type, mandatory: mandatory === 'must' }, name)
    t.is(row?.vendorId, undefined, name)
    if (values !== undefined) t.deepEqual(row?.type === 'Grouped' ? undefined : row?.values, values, name)
    if (wanted === undefined) continue
    const { members: found = {} } = row?.type === 'Grouped' ? row : {}
    t.deepEqual({ ...found, ...withCode(wanted) }, found, name)
  }
})

/** Three members have a name, but no code anywhere: see `dictionary/mobile-ipv4.ts`. */
function withCode(wanted: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(wanted).filter(([name]) => !reference.withoutCode.includes(name)))
}

test('every command of the RFCs is here, with all its members', (t) => {
  t.is(reference.commands.length, 22)
  for (const { name, code, kind, proxiable, members: wanted } of reference.commands) {
    const command = commands[name.replace(/-(Request|Answer)$/, '') as CommandName]
    t.like(command, { code, proxiable }, name)
    t.like(command[kind], wanted, name)
  }
})

test('every Result-Code of the RFCs has a name', (t) => {
  const named = new Set<number>(Object.values(resultCode))
  for (const code of reference.resultCodes) t.true(named.has(code), String(code))
})
