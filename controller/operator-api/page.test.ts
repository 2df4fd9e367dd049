import test from 'ava'
import { cut, pageOf, pageQuery } from './page.ts'

test('the pages together are the list, also when it changes in between', (t) => {
  let list = ['b', 'a', 'c', 'e', 'd']
  const seen: string[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const query = pageQuery.parse({ limit: '2', ...(cursor && { cursor }) })
    const page = cut(list, String, pageOf(query))
    t.true(page.items.length <= 2)
    seen.push(...page.items)
    cursor = page.next
    list = list.filter((item) => item !== 'b')
  }
  t.deepEqual(seen, ['a', 'b', 'c', 'd', 'e'])
})

test('a whole list needs no further page', (t) => {
  const whole = { items: ['a', 'b'], next: null }
  t.deepEqual(cut(['a', 'b'], String, { limit: 2, after: undefined }), whole)
  t.deepEqual(cut([], String, { limit: 2, after: 'x' }), { items: [], next: null })
})

test('a cursor of another make and limits beyond reason are refused', (t) => {
  t.throws(() => pageOf({ limit: 1, cursor: 'no cursor!' }), { code: 'api/invalid' })
  for (const limit of ['0', '1001', '1.5', 'all']) t.false(pageQuery.safeParse({ limit }).success, limit)
})
