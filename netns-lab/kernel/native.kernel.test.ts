import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import test, { type ExecutionContext } from 'ava'
import { nativeObstacle } from './choose.ts'
import type { IsolatedProcess } from './isolated-process.ts'
import { startNative } from './native.ts'

function start(t: ExecutionContext, script: string): IsolatedProcess & { output: Promise<string> } {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-native-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const run = startNative({ command: ['sh', '-c', script], folder })
  t.teardown(run.kill)
  return { ...run, output: run.child.stdout ? text(run.child.stdout) : Promise.resolve('') }
}

function look(command: string): string {
  return spawnSync('sh', ['-c', command], { encoding: 'utf8' }).stdout
}

test.serial('a kernel with the drivers has no obstacle', (t) => {
  t.is(nativeObstacle(), '')
})

test.serial('what is made inside is not seen outside, and the exit code comes back', async (t) => {
  const namespaces = look('ip netns list')
  const { output, ended } = start(
    t,
    'ip netns add inside1 && ip link add inside2 type dummy && ip netns list && ip -br link && exit 9',
  )
  t.is(await ended, 9)
  t.regex(await output, /inside1[\s\S]*inside2/)
  t.is(look('ip netns list'), namespaces)
  t.notRegex(look('ip -br link'), /inside2/)
})

test.serial('killing it takes processes that had left their session, and their namespaces', async (t) => {
  const { child, ended, kill } = start(
    t,
    'ip netns add inside3; ip netns exec inside3 setsid sleep 98765 & echo up; wait',
  )
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  t.regex(look('ps ax -o args'), /sleep 98765/)
  kill()
  await ended
  t.notRegex(look('ps ax -o args'), /sleep 98765/)
})
