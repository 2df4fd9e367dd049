/**
 * For `crash.kernel.test.ts`: a home agent in the namespace sj-dp-ha on the state in a file, which binds and moves five nodes in turn, and
 * prints `HOME-ADDRESS CARE-OF-ADDRESS` when the home server has its answer. Arguments: file, number of the first registration.
 */
import { ManualClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { NetlinkSocket } from '#netlink/socket.ts'
import { Datapath } from '../datapath/datapath.ts'
import { read, setUp } from './fake-surroundings.ts'

const [file = '', first] = process.argv.slice(2)
const address = '10.1.1.1'
const datapath = await Datapath.open(
  { shapedInterface: 'core0', shapedRateBitsPerSecond: 1e9, log: silentLog },
  NetlinkSocket.open({ namespace: '/run/netns/sj-dp-ha' }),
)
const { fromServer, proven } = setUp({ address, datapath }, undefined, {
  file,
  clock: new ManualClock(Date.now()),
})
for (let number = Number(first); ; number++) {
  const node = 11 + (number % 5)
  const homeAddress = `192.0.2.${node}`
  const careOfAddress = `10.1.1.${2 + (Math.floor(number / 5) % 3)}`
  const name = `mn${node}@home.example`
  const request = proven({ homeAgent: address, homeAddress, careOfAddress, name })
  const answer = await fromServer(request, { 'User-Name': name, 'Session-Id': `aaah;1;${node}` })
  if (read(answer['MIP-Reg-Reply']).code === 0) process.stdout.write(`${homeAddress} ${careOfAddress}\n`)
}
