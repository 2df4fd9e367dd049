/** Killed in the middle of a registration, a home agent leaves a file and a kernel that adoption makes right. Runs as root. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import test from 'ava'
import { silentLog } from '#core/log.ts'
import { NetlinkSocket } from '#netlink/socket.ts'
import { Datapath } from '../datapath/datapath.ts'
import { setUp as kernelSetUp, namespaces, shell } from '../datapath/witness.ts'
import { StateStore } from '../state-store/state-store.ts'
import { homeAgentState } from './binding-store.ts'
import { bindingFootprint } from './care-of-bindings.ts'

const program = new URL('crash-process.ts', import.meta.url).pathname
const nodes = [11, 12, 13, 14, 15].map((node) => `192.0.2.${node}`)

test.before(() => {
  shell(kernelSetUp)
})
test.after.always(() => {
  for (const name of namespaces) shell(`ip netns delete ${name}`)
})

/** Kills the process after so many answers, and some way into what it does next. */
async function runAndKill(file: string, first: number, answers: number, furtherMilliseconds: number) {
  const child = spawn(process.execPath, [program, file, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = new Promise((resolve) => child.once('exit', resolve))
  const answered: string[] = []
  for await (const line of createInterface(child.stdout)) {
    answered.push(line)
    if (answered.length === answers) setTimeout(() => child.kill('SIGKILL'), furtherMilliseconds)
  }
  await exit
  return answered
}

test.serial('wherever it is killed, what was answered stands, and nothing else does', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-crash-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  for (const [round, furtherMilliseconds] of [0, 1, 3, 7].entries()) {
    const file = join(folder, `${round}.sqlite`)
    const answered = await runAndKill(file, 0, 4 + 3 * round, furtherMilliseconds)
    const store = new StateStore(file, Date.now())
    const bindings = homeAgentState(store)
      .bindings.entries()
      .map(([, binding]) => binding)
    const datapath = await Datapath.open(
      {
        shapedInterface: 'core0',
        shapedRateBitsPerSecond: 1e9,
        adopt: bindings.map((binding) => ({
          subscriber: binding.nai,
          footprint: bindingFootprint(binding, binding.profile),
        })),
        log: silentLog,
      },
      NetlinkSocket.open({ namespace: '/run/netns/sj-dp-ha' }),
    )
    await datapath.settled()
    t.is(datapath.adopted.size, bindings.length)
    for (const homeAddress of nodes) {
      const careOf = bindings.find((binding) => binding.homeAddress === homeAddress)?.careOf[0].careOfAddress
      const last = answered.findLast((line) => line.startsWith(`${homeAddress} `))
      if (last) t.true(careOf !== undefined, `${homeAddress} was answered and is not there`)
      const way = shell(`ip -n sj-dp-ha -d route show table 434 ${homeAddress}`)
      const device = / dev (\S+)/.exec(way)?.[1] ?? /dev (\S+)/.exec(way)?.[1]
      t.is(device !== undefined, careOf !== undefined, homeAddress)
      if (device) t.regex(shell(`ip -n sj-dp-ha -d link show ${device}`), new RegExp(` remote ${careOf} `))
    }
    const tunnels = new Set(bindings.map(({ careOf }) => careOf[0].careOfAddress)).size
    t.is(shell('ip -n sj-dp-ha -o link show type ipip | grep -c sj- || true').trim(), String(tunnels))
    await datapath.close()
    store.close()
  }
})
