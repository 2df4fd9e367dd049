import test from 'ava'
import { replaceFilter } from '#netlink/filter.ts'
import { addressTranslatorConfig } from './config.ts'
import { sampleRules } from './sample-rules.ts'
import { isOwnedList, translationFilters } from './translation-filters.ts'

test('rules are these filters', (t) => {
  const filters = translationFilters('eth1', addressTranslatorConfig.parse(sampleRules))
  const lines = filters.map((filter) =>
    replaceFilter(filter)
      .render()
      .replace(/^tc filter replace dev eth1 (parent )?/, ''),
  )
  t.deepEqual(lines, [
    'ingress protocol ip prio 4320 handle 0x1 flower src_ip 203.0.113.10 action nat egress 203.0.113.10/32 10.99.0.10 continue',
    'ingress protocol ip prio 4321 handle 0x1 flower dst_ip 198.51.100.11 action ct commit mark 4341 nat dst addr 192.0.2.11 continue',
    'ingress protocol ip prio 4322 handle 0x1 flower dst_ip 198.51.100.64 action ct nat continue',
    'ingress protocol ip prio 4322 handle 0x2 flower dst_ip 198.51.100.65 action ct nat continue',
    'ingress protocol ip prio 4323 handle 0x1 flower dst_ip 198.51.100.64 action drop',
    'ingress protocol ip prio 4323 handle 0x2 flower dst_ip 198.51.100.65 action drop',
    'egress protocol ip prio 4320 handle 0x1 flower src_ip 192.0.2.11 action ct commit mark 4341 nat src addr 198.51.100.11 continue',
    'egress protocol ip prio 4321 handle 0x1 flower src_ip 192.0.2.128/25 action ct commit mark 4341 nat src addr 198.51.100.64-198.51.100.65 port 1024-1027 continue',
    'egress protocol ip prio 4322 handle 0x1 flower dst_ip 10.99.0.10 action nat ingress 10.99.0.10/32 203.0.113.10 continue',
  ])
  t.true(filters.every(({ parent, priority }) => isOwnedList(parent, priority)))
  t.false(isOwnedList('ingress', 4340))
  t.false(isOwnedList('egress', 4323))
})
