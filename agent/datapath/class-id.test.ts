import test from 'ava'
import fc from 'fast-check'
import { type ClassId, ClassIds, classIdValue, isCrowded } from './class-id.ts'
import { owned } from './owned.ts'

const tunnelName = fc.constantFrom('sj-a', 'sj-b', 'sj-c')
const operations = fc.array(
  fc.oneof(fc.record({ allocate: tunnelName }), fc.record({ release: fc.nat(50) })),
  { maxLength: 200 },
)

test('ids in use differ, lie in our range and one group is one tunnel', (t) => {
  fc.assert(
    fc.property(operations, (steps) => {
      const ids = new ClassIds()
      const inUse: { name: string; id: ClassId }[] = []
      for (const step of steps) {
        if ('allocate' in step) inUse.push({ name: step.allocate, id: ids.allocate(step.allocate) })
        else if (inUse.length > 0) {
          const [released] = inUse.splice(step.release % inUse.length, 1)
          if (released) ids.release(released.id)
        }
        const values = inUse.map(({ id }) => classIdValue(id))
        if (new Set(values).size !== values.length) return false
        const groups = new Set(inUse.map(({ name, id }) => `${name} ${id.group}`))
        if (groups.size !== new Set(inUse.map(({ name }) => name)).size) return false
        if (groups.size !== new Set(inUse.map(({ id }) => id.group)).size) return false
        if (!inUse.every(({ id }) => isValid(id))) return false
      }
      return true
    }),
  )
  t.pass()
})

function isValid({ group, number }: ClassId): boolean {
  const { first, last } = owned.groups
  return group >= first && group <= last && !isCrowded(group) && number >= 1 && number <= 0xffff
}

test('the measured crowded major is one', (t) => {
  t.true(isCrowded(2))
  t.false(isCrowded(1))
})

test('a mark is the class id', (t) => {
  t.is(classIdValue({ group: 0x4401, number: 1 }), 0x44010001)
})

test('a group is given back with its last subscriber and can be another tunnel then', (t) => {
  const ids = new ClassIds()
  const first = ids.allocate('sj-a')
  const second = ids.allocate('sj-a')
  t.is(first.group, second.group)
  ids.release(first)
  t.is(ids.allocate('sj-a').group, first.group)
  ids.release(second)
  ids.release(first)
  t.is(ids.allocate('sj-b').group, first.group)
})

test('releasing twice gives a number back once', (t) => {
  const ids = new ClassIds()
  const kept = ids.allocate('sj-a')
  const once = ids.allocate('sj-a')
  ids.release(once)
  ids.release(once)
  t.notDeepEqual(ids.allocate('sj-a'), ids.allocate('sj-a'))
  t.is(kept.number, 1)
})

test('a full group refuses, and takes again what was given back', (t) => {
  const ids = new ClassIds()
  for (let number = 1; number <= 0xffff; number++) ids.allocate('sj-a')
  t.throws(() => ids.allocate('sj-a'), { code: 'datapath/rejected' })
  const group = ids.allocate('sj-b').group - 1
  ids.release({ group, number: 77 })
  t.is(ids.allocate('sj-a').number, 77)
})

test('all groups together: 14,400, without the crowded', (t) => {
  const ids = new ClassIds()
  const groups = new Set<number>()
  for (let index = 0; index < 14_400; index++) groups.add(ids.allocate(`sj-${index}`).group)
  t.is(groups.size, 14_400)
  t.throws(() => ids.allocate('sj-more'), { code: 'datapath/rejected' })
})

test('reserved ids are not given out, until they are released', (t) => {
  const ids = new ClassIds()
  t.true(ids.reserve('sj-a', { group: 0x4401, number: 2 }))
  t.false(ids.reserve('sj-a', { group: 0x4401, number: 2 }))
  t.false(ids.reserve('sj-b', { group: 0x4401, number: 3 }))
  t.false(ids.reserve('sj-a', { group: 0x4402, number: 3 }))
  t.false(ids.reserve('sj-b', { group: 0x43ff, number: 1 }))
  t.false(ids.reserve('sj-b', { group: 0x4405, number: 0 }))
  const allocate = (name: string) => classIdValue(ids.allocate(name)).toString(16)
  t.deepEqual(['sj-a', 'sj-a', 'sj-b', 'sj-c'].map(allocate), [
    '44010001',
    '44010003',
    '44000001',
    '44020001',
  ])
  ids.release({ group: 0x4401, number: 2 })
  t.is(allocate('sj-a'), '44010002')
})
