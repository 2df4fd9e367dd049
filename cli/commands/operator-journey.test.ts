import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'ava'
import { homeDomain } from '#controller/home-server/test-domain/home-domain.ts'
import { runSojourn } from './run-sojourn.ts'

const mn2 = 'mn2@home.example'
const gold = (rate: string, priority: number) =>
  `name: gold\nclass: { downlink: { rate: ${rate}, ceil: ${rate}, priority: ${priority} } }\n`

test('from an edit to the kernel and back, on the command line', async (t) => {
  const { operatorApi, fa1 } = await homeDomain(t)
  await fa1.register()
  const folder = dirname(operatorApi.tokenFile)
  const environment = { SOJOURN_API: operatorApi.url, SOJOURN_TOKEN_FILE: operatorApi.tokenFile }
  const run = async (...words: string[]) => {
    const { code, output, errors } = await runSojourn(words, environment)
    return `${output}${errors}${code === 0 ? '' : `exit ${code}\n`}`
  }
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const faster = file('faster.yaml', gold('30mbit', 1))
  t.regex(
    await run('profile', 'diff', mn2, faster),
    /^class\.downlink\.rate: 20mbit -> 30mbit\n {2}HTB class of .* core0 4400:1\n {2}HTB class below .*\n[\s\S]*class\.downlink\.ceil/,
  )

  const open = async () => /edit commit (\S+) FILE/.exec(await run('edit', 'open', mn2))?.[1] ?? ''
  const [mine, theirs] = [await open(), await open()]
  t.regex(await run('edit', 'list'), new RegExp(`${mine} +${mn2} +operator `))
  t.regex(
    await run('edit', 'commit', mine, faster, '--reason', 'paid'),
    /^version 2 is stored\nmn2@home\.example: revision 2: applied\n {2}ha\.home\.example holds revision 2 after/,
  )
  const other = file('other.yaml', gold('40mbit', 0))
  const stale = await run('edit', 'commit', theirs, other, '--reason', 'asked for')
  t.regex(stale, /class\.downlink\.rate: was "20mbit", theirs "30mbit", yours "40mbit"\n/)
  t.regex(stale, /commit that with --version 2\nexit 1\n$/)
  t.regex(
    await run('edit', 'commit', theirs, other, '--reason', 'agreed', '--version', '2'),
    /^version 3 is stored\n.*revision 3: applied/,
  )

  const set = file('set.yaml', 'class: { downlink: { rate: 8mbit } }\n')
  t.regex(
    await run('override', 'put', mn2, 'night', set, '--reason', 'ticket 7', '--for', '2h'),
    /revision 4: applied/,
  )
  const explained = await run('explain', mn2)
  t.regex(explained, /class\.downlink\.rate +8mbit +override night +ticket 7 +operator +20/)
  t.regex(explained, /class\.downlink\.priority +0 +base gold +agreed +operator +-/)
  t.regex(explained, /tunnel ha\.home\.example \(192\.0\.2\.1\) to fa1\.a\.example \(10\.1\.1\.2\)/)
  t.regex(
    explained,
    /ha\.home\.example: downlink, mark 0x44000001: tc -s class show dev core0 classid 4400:1\n/,
  )
  t.regex(explained, /fa1\.a\.example: ipip tunnel to 10\.1\.1\.2: ip -s link show dev sj-iCgEBAsAAAgE\n/)
  t.regex(explained, /fa1\.a\.example holds revision 4 after [\d.]+ ms/)
  t.regex(explained, /operator put-override: night/)
  t.regex(await run('override', 'list', mn2), /night +operator .* ticket 7 +class\.downlink\.rate=8mbit/)
  t.regex(await run('override', 'remove', mn2, 'night'), /revision 5: applied/)
  t.is(fa1.held?.downlink.rateBitsPerSecond, 40e6)

  t.regex(await run('profile', 'put', faster, '--reason', 'price list', '--version', '9'), /exit 2/)
  t.regex(
    await run('profile', 'put', faster, '--reason', 'price list', '--version', '1'),
    /version 2 is stored/,
  )
  t.regex(await run('profile', 'show', 'gold'), /^# version 2 by operator, .*: price list\nname: gold\n/)
  t.regex(await run('audit', '--limit', '1'), /operator +commit-edit +gold/)
  t.is(await run('event', 'list', mn2), 'AT  KIND  STATE  SETTLED  ID\n')
})
