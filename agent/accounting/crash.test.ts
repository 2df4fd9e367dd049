import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import test from 'ava'
import { createNode, freePort } from '#diameter/loopback-nodes.ts'

const recordCount = 120
const kills = 4
const program = new URL('crash-process.ts', import.meta.url).pathname

/** Runs the process from `first` on, and kills it after it has begun a record. Adds what it has stored; returns the next number. */
async function run(
  stored: Set<number>,
  file: string,
  port: number,
  first: number,
  killAt?: number,
): Promise<number> {
  const child = spawn(process.execPath, [program, file, String(port), String(first), String(recordCount)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = new Promise((resolve) => child.once('exit', resolve))
  let next = first
  for await (const line of createInterface(child.stdout)) {
    const [word, number] = line.split(' ')
    if (word === 'stored') stored.add(Number(number))
    else next = Number(number) + 1
    if (killAt !== undefined && next > killAt) child.kill('SIGKILL')
  }
  await exit
  return next
}

test('no record is lost and none is counted twice, wherever the process is killed', async (t) => {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-crash-'))
  const server = createNode('aaah.home.example', { port, peers: [{ identity: 'fa1.a.example' }] })
  const counted = new Map<string, { number: number; times: number }>()
  const orderOf = new Map<string, number[]>()
  let silent = 0
  server.handle('Accounting', ({ avps, retransmitted }) => {
    const { 'Session-Id': sessionId, 'Accounting-Record-Number': number } = avps
    const key = `${sessionId} ${number} ${avps['Accounting-Record-Type']}`
    const known = counted.get(key)
    if (known === undefined) {
      counted.set(key, { number, times: 1 })
      orderOf.set(sessionId, [...(orderOf.get(sessionId) ?? []), number])
    } else {
      known.times++
      t.true(retransmitted, `${key} comes again, and says so`)
    }
    // Some records are counted, but their answer is lost.
    if (number % 40 === 5 && known === undefined) {
      silent++
      return new Promise(() => {})
    }
    return { 'Result-Code': 2001 }
  })
  await server.start()
  t.teardown(async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  })

  const file = join(folder, 'accounting.sqlite')
  const stored = new Set<number>()
  let next = 0
  for (let kill = 0; kill < kills; kill++)
    next = await run(stored, file, port, next, next + randomInt(1, recordCount / (kills + 1)))
  t.true(next < recordCount)
  t.is(await run(stored, file, port, next), recordCount)

  const numbers = new Set([...counted.values()].map(({ number }) => number))
  for (const number of stored) t.true(numbers.has(number), `${number} was stored and never arrived`)
  for (const [sessionId, order] of orderOf)
    t.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
      `${sessionId} in its order`,
    )
  t.true(stored.size >= recordCount - kills)
  t.true(silent > 0)
  t.true([...counted.values()].some(({ times }) => times > 1))
})
