/**
 * For `crash.test.ts`: delivers the records of three sessions from a number on, by a store, to a server on loopback, and prints
 * `begun N` before and `stored N` after a record is stored. Arguments: store file, port of the server, first number, number after the last.
 */
import { systemClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { createNode } from '#diameter/loopback-nodes.ts'
import { RecordQueue } from './record-queue.ts'
import { RecordStore } from './record-store.ts'
import { sampleRecord } from './sample-record.ts'

const [file = '', port, first, end] = process.argv.slice(2)
const diameter = createNode('fa1.a.example', {
  peers: [{ identity: 'aaah.home.example', port: Number(port) }],
  routes: [{ realm: '*', peer: 'aaah.home.example' }],
  requestTimeoutSeconds: 0.2,
})
const store = new RecordStore(file)
const queue = new RecordQueue({ store, diameter, clock: systemClock, log: silentLog })
await diameter.start()
await diameter.whenOpen()
queue.start()
for (let number = Number(first); number < Number(end); number++) {
  process.stdout.write(`begun ${number}\n`)
  const added = queue.add(sampleRecord(`session ${number % 3}`, number))
  process.stdout.write(`stored ${number}\n`)
  await added
}
while (store.counts().waiting > 0) await new Promise((resolve) => setTimeout(resolve, 20))
queue.stop()
await diameter.stop()
