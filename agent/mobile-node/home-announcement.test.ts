import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { HomeAnnouncement } from './home-announcement.ts'

function announcing() {
  const clock = new ManualClock()
  const sent: string[] = []
  const packets = {
    linkAddress: '02:00:00:00:00:aa',
    send: (frame: Buffer) => sent.push(frame.toString('hex')) > 0,
    close: () => {},
  }
  return { clock, sent, announcement: new HomeAnnouncement({ packets, clock, log: silentLog }) }
}

test('the link is told three times, a second apart', (t) => {
  const { clock, sent, announcement } = announcing()
  announcement.announce('192.0.2.11')
  t.is(sent.length, 1)
  // An ARP request of the node's own for its home address, to all.
  t.is(
    sent[0],
    'ffffffffffff0200000000aa0806' + '0001080006040001' + '0200000000aac000020b' + '000000000000c000020b',
  )
  clock.advance(10_000)
  t.is(sent.length, 3)
})

test('a node that leaves says no more', (t) => {
  const { clock, sent, announcement } = announcing()
  announcement.announce('192.0.2.11')
  announcement.silence()
  clock.advance(10_000)
  t.is(sent.length, 1)
})
