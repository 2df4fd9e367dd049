import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import test, { type ExecutionContext } from 'ava'
import { userModeLinuxObstacle } from './choose.ts'
import { startUserModeLinux } from './user-mode-linux.ts'

/** Where the package is not needed it is not installed. */
const booting = userModeLinuxObstacle() === '' ? test : test.skip

function boot(t: ExecutionContext, script: string) {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-boot-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const run = startUserModeLinux({ command: ['sh', '-c', script], folder })
  t.teardown(run.kill)
  const { stdout, stderr } = run.child
  return {
    ended: run.ended,
    output: Promise.all([stdout, stderr].map((stream) => (stream ? text(stream) : ''))),
  }
}

booting('the guest has the drivers; its streams and its exit code come back', async (t) => {
  const { ended, output } = boot(t, 'netns-lab/kernel/probe.sh; echo "it\'s up"; echo warning >&2; exit 42')
  t.is(await ended, 42)
  t.deepEqual(await output, ["it's up\n", 'warning\n'])
})

booting('a kernel that panics fails the run with its own words', async (t) => {
  const { ended } = boot(t, 'echo c >/proc/sysrq-trigger; sleep 60')
  await t.throwsAsync(ended, { code: 'lab/kernel', message: /Kernel panic/ })
})
